// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessGrants} from "../../contracts/interfaces/IAccessGrants.sol";
import {Key} from "./support/Keys.sol";
import {GrantsTest} from "./support/GrantsTest.sol";

/// @notice Grants by owners, their limits and their end. Numbers are those of docs/properties/AccessGrants.md.
contract AccessGrantsTest is GrantsTest {
    function setUp() public {
        vm.warp(1_800_000_000);
        _enrol(_key1, _owner, 1);
    }

    function testFuzz_1_only_the_owner_grants_on_a_device(address caller, uint40 bits) public {
        vm.assume(caller != _owner && caller != _guest);
        bytes memory refusal = abi.encodeWithSelector(
            IAccessGrants.GrantsNotGrantor.selector,
            _device,
            caller
        );
        vm.expectRevert(refusal);
        _give(caller, _device, _guest, _grantable(bits));
        _give(_owner, _device, _guest, _grantable(bits));
        _yes(_owner, _guest, _grantable(bits), "by the owner");
        _no(caller, _guest, READ, "by another");
    }

    function testFuzz_1_only_an_owner_grants_on_his_fleet(address caller, uint40 bits) public {
        vm.assume(caller != _owner && caller != _guest);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessGrants.GrantsUnknownSubject.selector, _owner)
        );
        _give(caller, _owner, _guest, _grantable(bits));
        _give(_owner, _owner, _guest, _grantable(bits));
        _yes(_owner, _guest, _grantable(bits), "by the owner");
    }

    function testFuzz_1_nobody_grants_on_a_device_that_is_not_enrolled(address device) public {
        vm.assume(device != _device && device != _owner && device != _guest);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessGrants.GrantsUnknownSubject.selector, device)
        );
        _give(_owner, device, _guest, READ);
        vm.assertFalse(_access.allowed(device, _owner, _owner, READ), "owner");
        vm.assertFalse(_access.allowed(device, address(0), address(0), READ), "nobody");
        vm.assertFalse(_access.allowed(device, device, device, READ), "itself");
    }

    function testFuzz_2_a_grant_gives_its_bits_and_no_others(
        uint40 bits,
        uint40 asked,
        bool fleet
    ) public {
        bits = _grantable(bits);
        _give(_owner, fleet ? _owner : _device, _guest, bits);
        bool expected = asked != 0 && asked & ~bits == 0;
        vm.assertTrue(_access.allowed(_device, _owner, _guest, asked) == expected, "bits");
        vm.assertFalse(_access.allowed(_device, _owner, _stranger, asked), "a stranger");
        vm.assertFalse(_access.allowed(_device, _guest, _guest, asked), "by his own word");
        vm.assertFalse(_access.allowed(_device, _stranger, _guest, asked), "by a stranger's");
    }

    function test_2_a_grant_is_told_with_its_purpose_and_so_is_its_end() public {
        uint40 until = uint40(block.timestamp + 100);
        IAccessGrants.Terms memory terms = _terms(_device, _guest, COMMAND, until);
        (terms.from, terms.purpose) = (7, "cleaning");
        vm.expectEmit(address(_access));
        emit IAccessGrants.Granted(_device, _owner, _guest, COMMAND, 7, until, "cleaning");
        vm.prank(_owner);
        _access.grant(terms);
        vm.expectEmit(address(_access));
        emit IAccessGrants.Revoked(_device, _owner, _guest);
        vm.prank(_owner);
        _access.revoke(_device, _owner, _guest);
        vm.expectEmit(address(_access));
        emit IAccessGrants.RevokedAll(_device, _owner, 1);
        vm.prank(_owner);
        _access.revokeAll(_device);
    }

    function testFuzz_2_a_grant_holds_from_its_first_second_to_before_its_last(
        uint32 from,
        uint32 length,
        uint40 when,
        bool fleet
    ) public {
        uint40 now_ = uint40(block.timestamp);
        uint40 start = now_ - 1000 + (from % 1_000_000);
        uint40 until = (start > now_ ? start : now_) + 1 + length;
        when = now_ + (when % (2 * (until - now_)));
        IAccessGrants.Terms memory terms = _terms(fleet ? _owner : _device, _guest, COMMAND, until);
        terms.from = start;
        vm.prank(_owner);
        _access.grant(terms);
        vm.warp(when);
        bool expected = when >= start && when < until;
        vm.assertTrue(_access.allowed(_device, _owner, _guest, COMMAND) == expected, "time");
    }

    function test_2_rights_of_two_grants_do_not_add_up() public {
        _give(_owner, _device, _guest, READ);
        _give(_owner, _owner, _guest, COMMAND);
        _yes(_owner, _guest, READ, "of the device");
        _yes(_owner, _guest, COMMAND, "of the fleet");
        _no(_owner, _guest, READ | COMMAND, "of both");
    }

    function testFuzz_3_the_owner_may_do_all_by_his_own_word_only(
        uint40 asked,
        address by
    ) public view {
        vm.assertTrue(_access.allowed(_device, _owner, _owner, asked) == (asked != 0), "owner");
        vm.assume(by != _owner);
        vm.assertFalse(_access.allowed(_device, by, _owner, asked), "by another's word");
        vm.assertFalse(_access.allowed(_device, _owner, by, asked), "another");
    }

    function test_3_the_device_itself_and_nobody_have_no_rights_of_their_own() public view {
        _no(_owner, _device, READ, "the device");
        _no(_owner, EVERYBODY, READ, "nobody");
        _no(EVERYBODY, EVERYBODY, READ, "nobody by nobody");
    }

    function testFuzz_4_no_grant_without_bits_or_with_reserved_ones(uint40 bits) public {
        uint40 reserved = bits % 3 == 0 ? 0 : bits | (bits % 3 == 1 ? 0x40 : 0x80);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessGrants.GrantsPermissions.selector, reserved, ALL)
        );
        _give(_owner, _device, _guest, reserved);
    }

    function testFuzz_4_no_grant_that_has_ended_or_ends_before_it_begins(
        uint40 from,
        uint40 until
    ) public {
        vm.assume(until <= block.timestamp || until <= from);
        IAccessGrants.Terms memory terms = _terms(_device, _guest, READ, until);
        terms.from = from;
        vm.expectRevert(
            abi.encodeWithSelector(IAccessGrants.GrantsWindow.selector, from, until, NO_END)
        );
        vm.prank(_owner);
        _access.grant(terms);
    }

    function test_4_no_grant_that_ends_with_this_second() public {
        uint40 until = uint40(block.timestamp);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessGrants.GrantsWindow.selector, 0, until, NO_END)
        );
        _giveUntil(_owner, _device, _guest, READ, until);
    }

    function testFuzz_4_everybody_may_be_given_reading_only(uint40 bits, bool fleet) public {
        address subject = fleet ? _owner : _device;
        uint40 more = _grantable(bits);
        if (more == READ) more = COMMAND;
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.GrantsPublic.selector, more));
        _give(_owner, subject, EVERYBODY, more);
        _give(_owner, subject, EVERYBODY, READ);
        _yes(_owner, _stranger, READ, "a stranger reads");
        _yes(_owner, EVERYBODY, READ, "nobody in particular reads");
        _no(_owner, _stranger, more, "no more");
        _no(_stranger, _stranger, READ, "not by a stranger's word");
    }

    function test_4_nobody_grants_to_himself() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.GrantsToSelf.selector, _owner));
        _give(_owner, _device, _owner, READ);
    }

    function testFuzz_5_a_grant_on_a_device_dies_with_the_transfer(uint40 bits) public {
        _give(_owner, _device, _guest, _grantable(bits));
        _give(_owner, _device, EVERYBODY, READ);
        _transfer(_key1, _device, _buyer);
        _no(_owner, _guest, READ, "by the old owner");
        _no(_buyer, _guest, READ, "by the new owner");
        _no(_owner, _owner, READ, "the old owner");
        _yes(_buyer, _buyer, READ, "the new owner");
        _transfer(_key1, _device, _owner);
        _no(_owner, _guest, READ, "the device came back, the grant did not");
        _no(_owner, _stranger, READ, "nor that of everybody");
    }

    function test_5_a_grant_dies_with_a_transfer_of_a_lost_key_s_device_too() public {
        _give(_owner, _device, _guest, ALL);
        vm.prank(_owner);
        _registry.announceTransfer(_device, _key1.open, _buyer);
        _yes(_owner, _guest, READ, "announced only");
        vm.warp(block.timestamp + _registry.RECOVERY_DELAY());
        vm.prank(_buyer);
        _registry.completeTransfer(_device);
        _no(_owner, _guest, READ, "by the old owner");
        _no(_buyer, _guest, READ, "by the new owner");
    }

    function test_5_a_grant_outlives_the_key_but_not_a_transfer_to_oneself() public {
        _give(_owner, _device, _guest, READ);
        Key memory next = _key(1, 0x1002);
        _rotate(_key1, _device, next);
        _yes(_owner, _guest, READ, "another key");
        _transfer(next, _device, _owner);
        _no(_owner, _guest, READ, "another epoch");
    }

    function test_5_a_grant_on_a_fleet_follows_what_the_owner_owns() public {
        _give(_owner, _owner, _guest, READ);
        _transfer(_key1, _device, _buyer);
        _no(_owner, _guest, READ, "sold");
        _no(_buyer, _guest, READ, "not by the new owner");
        _transfer(_key1, _device, _owner);
        _yes(_owner, _guest, READ, "owned again");
    }

    function testFuzz_7_what_is_revoked_is_over(uint8 by, bool fleet, bool renewed) public {
        address subject = fleet ? _owner : _device;
        _give(_owner, subject, _guest, ALL);
        if (renewed) _give(_owner, subject, _guest, ALL);
        vm.prank(by % 2 == 0 ? _owner : _guest);
        _access.revoke(subject, _owner, _guest);
        _no(_owner, _guest, READ, "revoked");
        vm.expectRevert(
            abi.encodeWithSelector(IAccessGrants.GrantsNothing.selector, subject, _guest)
        );
        vm.prank(_owner);
        _access.revoke(subject, _owner, _guest);
        _give(_owner, subject, _guest, READ);
        _yes(_owner, _guest, READ, "granted anew");
        _no(_owner, _guest, COMMAND, "with the new bits only");
    }

    function testFuzz_7_a_stranger_revokes_nothing(address caller, bool fleet) public {
        vm.assume(caller != _owner && caller != _guest);
        address subject = fleet ? _owner : _device;
        _give(_owner, subject, _guest, READ);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessGrants.GrantsNotGrantor.selector, subject, caller)
        );
        vm.prank(caller);
        _access.revoke(subject, _owner, _guest);
        vm.prank(caller);
        _access.revokeAll(subject);
        _yes(_owner, _guest, READ, "still there");
    }

    function testFuzz_8_revoke_all_ends_all_that_one_granted_on_a_subject(bool fleet) public {
        address subject = fleet ? _owner : _device;
        address other = fleet ? _device : _owner;
        _give(_owner, subject, _guest, READ);
        _give(_owner, subject, EVERYBODY, READ);
        _give(_owner, other, _manager, READ);
        vm.prank(_owner);
        _access.revokeAll(subject);
        vm.assertEq(_access.revisionOf(subject, _owner), 1, "revision");
        _no(_owner, _guest, READ, "revoked");
        _no(_owner, _stranger, READ, "revoked for everybody");
        _yes(_owner, _manager, READ, "the other subject's is not");
        _give(_owner, subject, _guest, COMMAND);
        _yes(_owner, _guest, COMMAND, "granted anew");
        _no(_owner, _guest, READ, "the old one stays revoked");
    }

    function _grantable(uint40 bits) private pure returns (uint40) {
        bits &= ALL;
        return bits == 0 ? COMMAND : bits | COMMAND;
    }
}
