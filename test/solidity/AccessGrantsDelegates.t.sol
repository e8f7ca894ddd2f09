// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessGrants} from "../../contracts/interfaces/IAccessGrants.sol";
import {GrantsTest} from "./support/GrantsTest.sol";

/// @notice What delegates may give, and when it ends. Numbers are those of docs/properties/AccessGrants.md.
contract AccessGrantsDelegatesTest is GrantsTest {
    uint40 private constant NOW = 1_800_000_000;

    function setUp() public {
        vm.warp(NOW);
        _enrol(_key1, _owner, 1);
    }

    function testFuzz_6_a_delegate_gives_within_his_bits(
        uint40 own,
        uint40 given,
        bool fleet,
        bool onFleet
    ) public {
        own = (own & ALL) | COMMAND | DELEGATE;
        given = (given & ALL) == 0 ? COMMAND : given & ALL;
        address subject = fleet ? _owner : _device;
        // What rests on a grant of one device cannot be given on all.
        address target = fleet && onFleet ? _owner : _device;
        _give(_owner, subject, _manager, own);
        uint40 permitted = own & ~DELEGATE;
        if (given & ~permitted != 0) {
            vm.expectRevert(
                abi.encodeWithSelector(IAccessGrants.GrantsPermissions.selector, given, permitted)
            );
            _give(_manager, target, _guest, given);
            return;
        }
        _give(_manager, target, _guest, given);
        _yes(_manager, _guest, given, "by the delegate's word");
        _no(_owner, _guest, given, "not by the owner's");
    }

    function testFuzz_6_a_delegate_gives_within_his_time(uint40 own, uint40 given) public {
        own = uint40(_bound(own, NOW + 1, NO_END));
        given = uint40(_bound(given, NOW + 1, NO_END));
        _giveUntil(_owner, _device, _manager, READ | DELEGATE, own);
        if (given > own) {
            vm.expectRevert(
                abi.encodeWithSelector(IAccessGrants.GrantsWindow.selector, 0, given, own)
            );
            _giveUntil(_manager, _device, _guest, READ, given);
            return;
        }
        _giveUntil(_manager, _device, _guest, READ, given);
        vm.warp(given - 1);
        _yes(_manager, _guest, READ, "to the last second");
        vm.warp(given);
        _no(_manager, _guest, READ, "over");
    }

    function test_6_nobody_delegates_without_DELEGATE_in_force() public {
        bytes memory refusal = abi.encodeWithSelector(
            IAccessGrants.GrantsNotGrantor.selector,
            _device,
            _manager
        );
        _give(_owner, _device, _manager, ALL & ~DELEGATE);
        vm.expectRevert(refusal);
        _give(_manager, _device, _guest, READ);
        // To come, and past.
        IAccessGrants.Terms memory terms = _terms(_device, _manager, ALL, NOW + 20);
        terms.from = NOW + 10;
        vm.prank(_owner);
        _access.grant(terms);
        vm.expectRevert(refusal);
        _giveUntil(_manager, _device, _guest, READ, NOW + 20);
        vm.warp(NOW + 20);
        vm.expectRevert(refusal);
        _giveUntil(_manager, _device, _guest, READ, NOW + 30);
    }

    function test_6_delegation_is_one_level_deep() public {
        _give(_owner, _device, _manager, READ | DELEGATE);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessGrants.GrantsPermissions.selector, READ | DELEGATE, READ)
        );
        _give(_manager, _device, _guest, READ | DELEGATE);
        _give(_manager, _device, _guest, READ);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessGrants.GrantsNotGrantor.selector, _device, _guest)
        );
        _give(_guest, _device, _stranger, READ);
    }

    function test_6_a_delegate_of_one_device_gives_nothing_on_the_fleet() public {
        _give(_owner, _device, _manager, ALL);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessGrants.GrantsUnknownSubject.selector, _owner)
        );
        _give(_manager, _owner, _guest, READ);
        _give(_owner, _owner, _manager, READ);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessGrants.GrantsNotGrantor.selector, _owner, _manager)
        );
        _give(_manager, _owner, _guest, READ);
    }

    function testFuzz_6_what_a_delegate_gave_ends_with_his_own_grant(
        uint8 how,
        bool fleet,
        bool onFleet
    ) public {
        address subject = fleet ? _owner : _device;
        address target = fleet && onFleet ? _owner : _device;
        uint40 bits = READ | COMMAND | DELEGATE;
        _giveUntil(_owner, subject, _manager, bits, NOW + 100);
        _giveUntil(_manager, target, _guest, READ, NOW + 100);
        _giveUntil(_manager, target, EVERYBODY, READ, NOW + 100);
        _yes(_manager, _guest, READ, "given");
        _yes(_manager, _stranger, READ, "given to everybody");
        if (how % 5 == 0) {
            vm.prank(_owner);
            _access.revoke(subject, _owner, _manager);
        } else if (how % 5 == 1) {
            vm.prank(_owner);
            _access.revokeAll(subject);
        } else if (how % 5 == 2) {
            vm.prank(_manager);
            _access.revoke(subject, _owner, _manager);
        } else if (how % 5 == 3) {
            _giveUntil(_owner, subject, _manager, READ | COMMAND, NOW + 100);
        } else {
            _giveUntil(_owner, subject, _manager, bits, NOW + 1);
            vm.warp(NOW + 1);
        }
        _no(_manager, _guest, READ, "ended");
        _no(_manager, _stranger, READ, "ended for everybody");
        // Nothing comes back with a later grant to the delegate; what he gives then holds.
        _giveUntil(_owner, subject, _manager, ALL, NOW + 100);
        _no(_manager, _guest, READ, "stays ended");
        _no(_manager, _stranger, READ, "stays ended for everybody");
        _giveUntil(_manager, target, _guest, READ, NOW + 50);
        _yes(_manager, _guest, READ, "given anew");
    }

    function test_6_a_bit_taken_from_a_delegate_and_given_back_does_not_bring_back_what_he_gave()
        public
    {
        _give(_owner, _device, _manager, READ | COMMAND | DELEGATE);
        _give(_manager, _device, _guest, COMMAND);
        _give(_owner, _device, _manager, READ | DELEGATE);
        _no(_manager, _guest, COMMAND, "taken");
        _give(_owner, _device, _manager, READ | COMMAND | DELEGATE);
        _no(_manager, _guest, COMMAND, "still taken");
    }

    function testFuzz_6_transfer_ends_delegation(bool fleet, bool onFleet) public {
        address target = fleet && onFleet ? _owner : _device;
        _give(_owner, fleet ? _owner : _device, _manager, ALL);
        _give(_manager, target, _guest, READ);
        _transfer(_key1, _device, _buyer);
        _no(_manager, _guest, READ, "after the sale");
        _transfer(_key1, _device, _owner);
        bool expected = target == _owner;
        vm.assertTrue(
            _access.allowed(_device, _manager, _guest, READ) == expected,
            "only a grant on the fleet follows the fleet"
        );
    }

    function test_6_a_delegate_who_becomes_owner_takes_no_grants_of_his_along() public {
        _give(_owner, _device, _buyer, ALL);
        _give(_buyer, _device, _guest, READ);
        _yes(_buyer, _guest, READ, "as delegate");
        _transfer(_key1, _device, _buyer);
        _no(_buyer, _guest, READ, "as owner");
    }

    function test_6_a_grant_rests_on_the_device_s_delegation_before_the_fleet_s() public {
        _give(_owner, _owner, _manager, READ | COMMAND | DELEGATE);
        _give(_owner, _device, _manager, READ | DELEGATE);
        _give(_manager, _device, _guest, READ);
        _give(_manager, _device, _stranger, COMMAND);
        vm.assertFalse(_access.grantOf(_device, _manager, _guest).ofFleet, "on the device's");
        vm.assertTrue(_access.grantOf(_device, _manager, _stranger).ofFleet, "on the fleet's");
        vm.prank(_owner);
        _access.revoke(_device, _owner, _manager);
        _no(_manager, _guest, READ, "ended with the device's");
        _yes(_manager, _stranger, COMMAND, "rests on the fleet's");
        // Refused by both, the device's says what it permits.
        _give(_owner, _device, _manager, READ | DELEGATE);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessGrants.GrantsPermissions.selector, MAINTAIN, READ)
        );
        _give(_manager, _device, _guest, MAINTAIN);
    }

    function testFuzz_7_the_owner_undoes_what_his_delegate_gave(bool fleet) public {
        address subject = fleet ? _owner : _device;
        _give(_owner, subject, _manager, ALL);
        _give(_manager, subject, _guest, READ);
        _give(_manager, subject, _stranger, READ);
        vm.prank(_owner);
        _access.revoke(subject, _manager, _guest);
        _no(_manager, _guest, READ, "undone");
        _yes(_manager, _stranger, READ, "the other stays");
    }

    function test_8_a_delegate_revokes_all_of_his_own_only() public {
        _give(_owner, _device, _manager, ALL);
        _give(_owner, _device, _guest, READ);
        _give(_manager, _device, _stranger, READ);
        vm.prank(_manager);
        _access.revokeAll(_device);
        _no(_manager, _stranger, READ, "his");
        _yes(_owner, _guest, READ, "the owner's");
        _yes(_owner, _manager, READ, "and his own");
    }

    function testFuzz_11_a_renewal_keeps_what_rests_on_the_grant(
        uint40 more,
        uint40 until,
        bool fleet
    ) public {
        address subject = fleet ? _owner : _device;
        until = uint40(_bound(until, NOW + 50, NO_END));
        _giveUntil(_owner, subject, _manager, READ | DELEGATE, NOW + 100);
        _giveUntil(_manager, _device, _guest, READ, NOW + 100);
        vm.warp(NOW + 10);
        _giveUntil(_owner, subject, _manager, READ | DELEGATE | (more & ALL), until);
        vm.assertEq(_access.grantOf(subject, _owner, _manager).generation, 1, "the same grant");
        _yes(_manager, _guest, READ, "goes on");
        vm.warp(until < NOW + 100 ? until : NOW + 100);
        _no(_manager, _guest, READ, "within both ends");
    }

    function test_11_a_renewal_that_begins_later_pauses_what_rests_on_the_grant() public {
        _give(_owner, _device, _manager, READ | DELEGATE);
        _give(_manager, _device, _guest, READ);
        IAccessGrants.Terms memory terms = _terms(_device, _manager, READ | DELEGATE, NO_END);
        terms.from = NOW + 10;
        vm.prank(_owner);
        _access.grant(terms);
        _no(_manager, _guest, READ, "paused");
        vm.warp(NOW + 9);
        _no(_manager, _guest, READ, "still paused");
        vm.warp(NOW + 10);
        _yes(_manager, _guest, READ, "goes on with the first second");
        vm.prank(_owner);
        _access.grant(terms);
        vm.assertEq(_access.grantOf(_device, _owner, _manager).generation, 1, "the same grant");
    }

    function testFuzz_11_a_grant_after_an_end_is_a_new_one(uint8 how) public {
        _giveUntil(_owner, _device, _guest, READ | COMMAND, NOW + 10);
        if (how % 5 == 0) {
            vm.warp(NOW + 10);
        } else if (how % 5 == 1) {
            vm.prank(_owner);
            _access.revoke(_device, _owner, _guest);
        } else if (how % 5 == 2) {
            vm.prank(_owner);
            _access.revokeAll(_device);
        } else if (how % 5 == 3) {
            _transfer(_key1, _device, _buyer);
            _transfer(_key1, _device, _owner);
        }
        _giveUntil(_owner, _device, _guest, how % 5 == 4 ? READ : READ | COMMAND, NOW + 20);
        vm.assertEq(_access.grantOf(_device, _owner, _guest).generation, 2, "generation");
    }

    function test_11_a_delegate_s_grant_that_rests_on_another_is_a_new_one() public {
        _give(_owner, _owner, _manager, ALL);
        _give(_manager, _device, _guest, EMERGENCY);
        vm.prank(_guest);
        _access.openEmergency(_device, _manager, bytes32(0));
        _yes(_manager, _guest, COMMAND, "in the window");
        _give(_owner, _device, _manager, ALL);
        _give(_manager, _device, _guest, EMERGENCY);
        vm.assertEq(_access.grantOf(_device, _manager, _guest).generation, 2, "generation");
        _no(_manager, _guest, COMMAND, "the window rested on the first");
    }
}
