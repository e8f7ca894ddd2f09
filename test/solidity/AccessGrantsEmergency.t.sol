// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessGrants} from "../../contracts/interfaces/IAccessGrants.sol";
import {GrantsTest} from "./support/GrantsTest.sol";

/// @notice Windows of responders. Numbers are those of docs/properties/AccessGrants.md.
contract AccessGrantsEmergencyTest is GrantsTest {
    uint40 private constant NOW = 1_800_000_000;
    bytes32 private constant REASON = keccak256("smoke on the second floor");
    address private _responder = address(0xE1);

    function setUp() public {
        vm.warp(NOW);
        _enrol(_key1, _owner, 1);
    }

    function testFuzz_9_a_window_gives_read_and_command_for_an_hour(
        uint40 asked,
        uint32 later,
        bool fleet,
        bool delegated
    ) public {
        address grantor = _name(fleet, delegated);
        _no(grantor, _responder, READ, "nothing before");
        _open(grantor);
        vm.warp(NOW + later);
        bool inHour = later < _access.EMERGENCY_WINDOW();
        bool expected = asked != 0 && (asked == EMERGENCY || (asked & ~uint40(3) == 0 && inHour));
        vm.assertTrue(_access.allowed(_device, grantor, _responder, asked) == expected, "asked");
        vm.assertFalse(_access.allowed(_device, grantor, _stranger, asked), "a stranger");
        _no(delegated ? _owner : _manager, _responder, COMMAND, "by another's word");
        (address named, uint40 until, uint32 epoch, uint32 generation, bool ofFleet) = _access
            .emergencyOf(_device, _responder);
        vm.assertEq(named, grantor, "grantor");
        vm.assertEq(until, NOW + 3600, "until");
        vm.assertEq(epoch, 0, "epoch");
        vm.assertEq(generation, 1, "generation");
        vm.assertTrue(ofFleet == fleet, "of fleet");
    }

    function test_9_a_window_ends_with_its_last_second() public {
        _name(false, false);
        _open(_owner);
        vm.warp(NOW + 3599);
        _yes(_owner, _responder, COMMAND, "the last second");
        vm.warp(NOW + 3600);
        _no(_owner, _responder, COMMAND, "over");
    }

    function testFuzz_9_a_window_is_told_to_the_owner_with_its_reason(
        bool fleet,
        bool delegated
    ) public {
        address grantor = _name(fleet, delegated);
        vm.expectEmit(address(_access));
        emit IAccessGrants.EmergencyOpened(
            _device,
            _responder,
            _owner,
            grantor,
            NOW + 1 hours,
            REASON
        );
        _open(grantor);
        vm.expectEmit(address(_access));
        emit IAccessGrants.EmergencyClosed(_device, _responder);
        vm.prank(_owner);
        _access.closeEmergency(_device, _responder);
    }

    function testFuzz_9_without_EMERGENCY_there_is_no_window(address caller, uint40 bits) public {
        bits = (bits & ALL & ~EMERGENCY) | READ;
        vm.assume(caller != _owner);
        _give(_owner, _device, caller == EVERYBODY ? _guest : caller, bits);
        vm.expectRevert(_noEmergency(_device, caller));
        vm.prank(caller);
        _access.openEmergency(_device, _owner, REASON);
        // Nor by the owner's own word: he needs none.
        vm.expectRevert(_noEmergency(_device, _owner));
        vm.prank(_owner);
        _access.openEmergency(_device, _owner, REASON);
    }

    function testFuzz_9_no_window_by_the_word_of_a_stranger_or_on_an_unknown_device(
        address grantor,
        address device
    ) public {
        vm.assume(grantor != _owner && device != _device);
        _give(_owner, _device, _responder, EMERGENCY);
        vm.expectRevert(_noEmergency(_device, _responder));
        _open(grantor);
        vm.expectRevert(_noEmergency(device, _responder));
        vm.prank(_responder);
        _access.openEmergency(device, _owner, REASON);
    }

    function testFuzz_9_a_window_ends_with_the_grant_it_rests_on(
        uint8 how,
        bool fleet,
        bool delegated
    ) public {
        address grantor = _name(fleet, delegated);
        address subject = fleet ? _owner : _device;
        _open(grantor);
        if (how % 6 == 0) {
            vm.prank(grantor);
            _access.revoke(subject, grantor, _responder);
        } else if (how % 6 == 1) {
            vm.prank(grantor);
            _access.revokeAll(subject);
        } else if (how % 6 == 2) {
            _give(grantor, subject, _responder, READ);
        } else if (how % 6 == 3) {
            _transfer(_key1, _device, _buyer);
            _no(grantor, _responder, COMMAND, "sold");
            _transfer(_key1, _device, _owner);
        } else if (how % 6 == 4) {
            vm.prank(_owner);
            _access.closeEmergency(_device, _responder);
        } else {
            vm.prank(_responder);
            _access.closeEmergency(_device, _responder);
        }
        _no(grantor, _responder, COMMAND, "over");
        // A later grant in the same place, of all that it takes, opens nothing.
        if (delegated) _give(_owner, subject, _manager, ALL);
        _give(grantor, subject, _responder, EMERGENCY);
        _no(grantor, _responder, COMMAND, "still over");
        _open(grantor);
        _yes(grantor, _responder, COMMAND, "opened anew");
    }

    function testFuzz_9_a_window_ends_with_the_delegate(bool fleet) public {
        _name(fleet, true);
        _open(_manager);
        vm.prank(_owner);
        _access.revoke(fleet ? _owner : _device, _owner, _manager);
        _no(_manager, _responder, COMMAND, "over");
        _give(_owner, fleet ? _owner : _device, _manager, ALL);
        _no(_manager, _responder, COMMAND, "still over");
        _give(_manager, fleet ? _owner : _device, _responder, EMERGENCY);
        _no(_manager, _responder, COMMAND, "named anew, not opened anew");
    }

    function test_9_a_window_ends_with_its_grant_s_time_and_a_renewal_keeps_it() public {
        _giveUntil(_owner, _device, _responder, EMERGENCY, NOW + 60);
        _open(_owner);
        vm.warp(NOW + 59);
        _giveUntil(_owner, _device, _responder, EMERGENCY, NOW + 120);
        vm.warp(NOW + 119);
        _yes(_owner, _responder, READ | COMMAND, "renewed in time");
        vm.warp(NOW + 120);
        _no(_owner, _responder, COMMAND, "ended");
    }

    function test_9_a_window_is_by_the_word_of_one_grantor() public {
        _name(false, true);
        _give(_owner, _device, _responder, EMERGENCY);
        _open(_manager);
        _yes(_manager, _responder, COMMAND, "by the manager's");
        _no(_owner, _responder, COMMAND, "not by the owner's, who named him too");
        _open(_owner);
        _yes(_owner, _responder, COMMAND, "by the owner's");
        _no(_manager, _responder, COMMAND, "one window at a time");
    }

    function testFuzz_9_owner_and_responder_alone_close_a_window(address caller) public {
        vm.assume(caller != _owner && caller != _responder);
        _name(false, true);
        _open(_manager);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessGrants.GrantsNotGrantor.selector, _device, caller)
        );
        vm.prank(caller);
        _access.closeEmergency(_device, _responder);
        vm.prank(_owner);
        _access.closeEmergency(_device, _responder);
        (, uint40 until, , , ) = _access.emergencyOf(_device, _responder);
        vm.assertEq(until, 0, "closed");
        vm.expectRevert(_noEmergency(_device, _responder));
        vm.prank(_responder);
        _access.closeEmergency(_device, _responder);
    }

    function test_9_a_window_that_is_over_cannot_be_closed_and_the_new_owner_sees_none() public {
        _name(false, false);
        _open(_owner);
        _transfer(_key1, _device, _buyer);
        (address named, uint40 until, , , ) = _access.emergencyOf(_device, _responder);
        vm.assertEq(named, address(0), "grantor");
        vm.assertEq(until, 0, "until");
        vm.expectRevert(_noEmergency(_device, _responder));
        vm.prank(_buyer);
        _access.closeEmergency(_device, _responder);
        _transfer(_key1, _device, _owner);
        vm.expectRevert(_noEmergency(_device, _responder));
        _open(_owner);
        _give(_owner, _device, _responder, EMERGENCY);
        _open(_owner);
        vm.warp(NOW + 3600);
        vm.expectRevert(_noEmergency(_device, _responder));
        vm.prank(_responder);
        _access.closeEmergency(_device, _responder);
    }

    /// @dev Names the responder: on fleet or device, by the owner or by a delegate.
    function _name(bool fleet, bool delegated) private returns (address grantor) {
        address subject = fleet ? _owner : _device;
        grantor = delegated ? _manager : _owner;
        if (delegated) _give(_owner, subject, _manager, EMERGENCY | DELEGATE | READ | COMMAND);
        _give(grantor, subject, _responder, EMERGENCY);
    }

    function _open(address grantor) private {
        vm.prank(_responder);
        _access.openEmergency(_device, grantor, REASON);
    }

    function _noEmergency(address device, address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAccessGrants.GrantsNoEmergency.selector, device, caller);
    }
}
