// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceRecovery} from "../../contracts/interfaces/IDeviceRecovery.sol";
import {IDeviceRegistry} from "../../contracts/interfaces/IDeviceRegistry.sol";
import {PublicKey, Signature} from "../../contracts/interfaces/IKeyVerifiers.sol";
import {Key} from "./support/Keys.sol";
import {RegistryTest} from "./support/RegistryTest.sol";

/// @notice Lost keys and successors. Numbers are those of docs/properties/DeviceRegistry.md.
contract RegistryRecoveryTest is RegistryTest {
    uint256 private constant NEXT = 0xf1e1d5ea1f1e1d5ea1f1e1d5ea1;
    uint256 private constant ANOTHER = 0xf1e1d5ea2f1e1d5ea2f1e1d5ea2;
    uint64 private constant WEEK = 7 days;

    Key private _lost = _key(2, 5);
    Key private _next = _key(1, NEXT);

    function setUp() public {
        vm.warp(1000);
        vm.roll(10);
        _enrol(_lost, _owner, 1);
    }

    function testFuzz_18_a_lost_key_is_replaced_after_the_delay_not_before(
        uint32 wait,
        bool compromised
    ) public {
        vm.prank(_owner);
        _registry.announceKeyRecovery(_lost.id, _next.open, compromised);
        vm.assertEq(_registry.device(_lost.id).recoveryAt, 1000 + WEEK, "due");
        vm.warp(1000 + uint256(wait));
        vm.roll(20);
        bool due = wait >= WEEK;
        if (!due) vm.expectRevert(_tooEarly());
        vm.prank(_owner);
        _registry.completeKeyRecovery(_lost.id, _lost.open, _next.open);
        vm.assertEq(_registry.device(_lost.id).keyIndex, due ? 1 : 0, "key index");
        if (!due) return;
        vm.assertEq(_registry.keyIdOf(_lost.id, 1), _next.id, "next key");
        IDeviceRegistry.KeySpan memory ended = _registry.keySpan(_lost.id, 0);
        vm.assertEq(ended.untilBlock, 20, "ended");
        vm.assertTrue(ended.compromised == compromised, "compromised");
        vm.assertEq(_registry.device(_lost.id).recoveryAt, 0, "used up");
        vm.assertEq(_registry.changedAt(_lost.id), 1000 + uint256(wait), "changedAt");
        vm.expectRevert(_none());
        vm.prank(_owner);
        _registry.completeKeyRecovery(_lost.id, _next.open, _next.open);
    }

    function testFuzz_18_a_device_is_handed_over_after_the_delay_to_who_takes_it(
        uint32 wait
    ) public {
        vm.prank(_owner);
        _registry.announceTransfer(_lost.id, _lost.open, _buyer);
        vm.warp(1000 + uint256(wait));
        bool due = wait >= WEEK;
        if (!due) vm.expectRevert(_tooEarly());
        vm.prank(_buyer);
        _registry.completeTransfer(_lost.id);
        vm.assertEq(_registry.device(_lost.id).owner, due ? _buyer : _owner, "owner");
        vm.assertEq(_registry.device(_lost.id).ownerEpoch, due ? 1 : 0, "epoch");
        vm.assertEq(_registry.balanceOf(_buyer), due ? 1 : 0, "balance");
    }

    function testFuzz_18_nobody_else_completes_a_transfer(address caller) public {
        vm.assume(caller != _buyer);
        vm.prank(_owner);
        _registry.announceTransfer(_lost.id, _lost.open, _buyer);
        vm.warp(1000 + WEEK);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDeviceRecovery.RegistryRecoveryTarget.selector,
                _lost.id,
                caller
            )
        );
        vm.prank(caller);
        _registry.completeTransfer(_lost.id);
    }

    function test_18_only_the_announced_key_is_put_in_force_and_only_for_the_lost_one() public {
        vm.prank(_owner);
        _registry.announceKeyRecovery(_lost.id, _next.open, false);
        vm.warp(1000 + WEEK);
        Key memory another = _key(2, ANOTHER);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDeviceRecovery.RegistryRecoveryTarget.selector,
                _lost.id,
                another.id
            )
        );
        vm.prank(_owner);
        _registry.completeKeyRecovery(_lost.id, _lost.open, another.open);
        vm.expectRevert(_wrongKey(another.id));
        vm.prank(_owner);
        _registry.completeKeyRecovery(_lost.id, another.open, _next.open);
        vm.expectRevert(_none());
        vm.prank(_next.id);
        _registry.completeTransfer(_lost.id);
    }

    function testFuzz_18_only_the_owner_announces_completes_and_takes_back(
        address caller,
        uint8 action
    ) public {
        vm.assume(caller != _owner);
        vm.prank(_owner);
        _registry.announceKeyRecovery(_lost.id, _next.open, false);
        vm.warp(1000 + WEEK);
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryNotOwner.selector, _lost.id, caller)
        );
        vm.prank(caller);
        action %= 5;
        if (action == 0) _registry.announceKeyRecovery(_lost.id, _next.open, false);
        if (action == 1) _registry.announceTransfer(_lost.id, _lost.open, caller);
        if (action == 2) _registry.completeKeyRecovery(_lost.id, _lost.open, _next.open);
        if (action == 3) _registry.cancelRecovery(_lost.id);
        if (action == 4) _registry.setSuccessor(_lost.id, caller);
    }

    function testFuzz_18_the_current_key_vetoes(uint32 wait, bool transfer) public {
        bytes32 id = _announce(transfer);
        vm.warp(1000 + uint256(wait));
        _veto(_lost, id, 0);
        vm.assertEq(_registry.device(_lost.id).recoveryAt, 0, "dropped");
        vm.warp(block.timestamp + WEEK);
        vm.expectRevert(_none());
        vm.prank(transfer ? _buyer : _owner);
        if (transfer) _registry.completeTransfer(_lost.id);
        else _registry.completeKeyRecovery(_lost.id, _lost.open, _next.open);
    }

    function testFuzz_18_a_veto_is_for_one_announcement(uint32 later, bool transfer) public {
        later = uint32(_bound(later, 1, type(uint32).max));
        bytes32 id = _announce(transfer);
        Signature memory word = _signAction(_lost, _vetoHash(_lost.id, id, 0, 0, FAR));
        // The same again: another time, another announcement, and the delay anew.
        vm.warp(1000 + uint256(later));
        vm.assertTrue(_announce(transfer) != id, "another");
        vm.assertEq(_registry.device(_lost.id).recoveryAt, 1000 + WEEK + later, "anew");
        vm.expectRevert(_deviceSignature());
        _registry.veto(_lost.id, _lost.open, 0, FAR, word);
    }

    function test_18_who_is_not_the_current_key_vetoes_nothing() public {
        bytes32 id = _announce(false);
        Signature memory word = _signAction(_next, _vetoHash(_lost.id, id, 0, 0, FAR));
        vm.expectRevert(_deviceSignature());
        _registry.veto(_lost.id, _lost.open, 0, FAR, word);
        vm.expectRevert(_wrongKey(_next.id));
        _registry.veto(_lost.id, _next.open, 0, FAR, word);
        // Not even for what it would have become.
        vm.warp(1000 + WEEK);
        vm.prank(_owner);
        _registry.completeKeyRecovery(_lost.id, _lost.open, _next.open);
        vm.expectRevert(_none());
        _registry.veto(_lost.id, _next.open, 0, FAR, word);
    }

    function testFuzz_18_a_veto_is_spent_and_expires(uint32 deadline, uint32 late) public {
        vm.assume(late != 0);
        bytes32 id = _announce(false);
        Signature memory word = _signAction(_lost, _vetoHash(_lost.id, id, 0, 0, deadline));
        vm.warp(uint256(deadline) + late);
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryExpired.selector, uint64(deadline))
        );
        _registry.veto(_lost.id, _lost.open, 0, deadline, word);
        vm.warp(deadline);
        _registry.veto(_lost.id, _lost.open, 0, deadline, word);
        vm.assertEq(_registry.nonceOf(_lost.id, 0), 1, "spent");
    }

    function testFuzz_18_rotation_transfer_and_retirement_overtake(
        uint8 how,
        bool transfer
    ) public {
        bytes32 id = _announce(transfer);
        how %= 3;
        vm.expectEmit(address(_registry));
        emit IDeviceRecovery.RecoveryDropped(_lost.id, id);
        if (how == 0) _rotate(_lost, _lost.id, _key(2, ANOTHER));
        if (how == 1) _transfer(_lost, _lost.id, _owner);
        if (how == 2) {
            vm.prank(_owner);
            _registry.retire(_lost.id);
        }
        IDeviceRecovery.Recovery memory recovery;
        (recovery, id) = _registry.recoveryOf(_lost.id);
        vm.assertEq(id, bytes32(0), "dropped");
        vm.assertEq(recovery.target, address(0), "nothing is left");
        vm.warp(1000 + WEEK);
        if (how == 2) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IDeviceRegistry.RegistryWrongStatus.selector,
                    _lost.id,
                    IDeviceRegistry.Status.Retired
                )
            );
        } else vm.expectRevert(_none());
        vm.prank(transfer ? _buyer : _owner);
        if (transfer) _registry.completeTransfer(_lost.id);
        else _registry.completeKeyRecovery(_lost.id, _lost.open, _next.open);
    }

    function test_18_the_owner_takes_back_what_he_announced() public {
        vm.expectRevert(_none());
        vm.prank(_owner);
        _registry.cancelRecovery(_lost.id);
        _announce(true);
        vm.prank(_owner);
        _registry.cancelRecovery(_lost.id);
        vm.warp(1000 + WEEK);
        vm.expectRevert(_none());
        vm.prank(_buyer);
        _registry.completeTransfer(_lost.id);
    }

    function test_18_one_announcement_takes_the_place_of_another() public {
        _announce(true);
        vm.warp(1000 + WEEK);
        _announce(false);
        vm.expectRevert(_none());
        vm.prank(_buyer);
        _registry.completeTransfer(_lost.id);
        vm.assertEq(_registry.device(_lost.id).recoveryAt, 1000 + 2 * WEEK, "anew");
    }

    function test_18_a_thief_of_the_key_who_vetoes_everything_keeps_nothing() public {
        _veto(_lost, _announce(false), 0);
        vm.prank(_owner);
        _registry.suspend(_lost.id);
        _veto(_lost, _announce(true), 1);
        vm.prank(_owner);
        _registry.retire(_lost.id);
        vm.assertTrue(
            _registry.status(_lost.id) == IDeviceRegistry.Status.Retired,
            "the owner has the last word"
        );
    }

    function test_3_recovery_gives_no_device_to_itself_or_to_nobody() public {
        Key memory soft = _key(1, ANOTHER);
        _enrol(soft, _owner, 1);
        address[3] memory unfit = [address(0), soft.id, vm.addr(soft.secret)];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(
                i == 0
                    ? abi.encodeWithSelector(IDeviceRegistry.RegistryZeroOwner.selector)
                    : abi.encodeWithSelector(
                        IDeviceRegistry.RegistryOwnerIsDevice.selector,
                        unfit[i]
                    )
            );
            vm.prank(_owner);
            _registry.announceTransfer(soft.id, soft.open, unfit[i]);
        }
        PublicKey memory ownersKey = _key(1, OWNER_SECRET).open;
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryOwnerIsDevice.selector, _owner)
        );
        vm.prank(_owner);
        _registry.announceKeyRecovery(soft.id, ownersKey, false);
        // Nor by bringing along another key than the device's.
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryKey.selector, soft.id, _lost.id)
        );
        vm.prank(_owner);
        _registry.announceTransfer(soft.id, _lost.open, unfit[2]);
    }

    function testFuzz_6_recovery_leads_to_no_key_that_cannot_sign(bytes32 x, uint8 keyType) public {
        vm.expectRevert(_wrongKey(_lost.id));
        vm.prank(_owner);
        _registry.announceKeyRecovery(_lost.id, _lost.open, false);
        PublicKey memory none = PublicKey(keyType % 4, x, ~x);
        vm.expectRevert(_wrongKey(_keyId(none)));
        vm.prank(_owner);
        _registry.announceKeyRecovery(_lost.id, none, false);
    }

    function test_13_recovered_keys_and_owners_stay_in_the_chain_of_changes() public {
        _announce(false);
        vm.warp(1000 + WEEK);
        vm.roll(30);
        vm.prank(_owner);
        _registry.completeKeyRecovery(_lost.id, _lost.open, _next.open);
        vm.assertEq(_registry.changed(_lost.id), 30, "key");
        vm.prank(_owner);
        _registry.announceTransfer(_lost.id, _next.open, _buyer);
        vm.warp(1000 + 2 * WEEK);
        vm.roll(40);
        vm.prank(_buyer);
        _registry.completeTransfer(_lost.id);
        vm.assertEq(_registry.changed(_lost.id), 40, "owner");
    }

    function test_19_a_successor_is_the_present_owners_word() public {
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRecovery.RegistrySuccessor.selector, address(_registry))
        );
        vm.prank(_owner);
        _registry.setSuccessor(_lost.id, address(_registry));
        vm.prank(_owner);
        _registry.setSuccessor(_lost.id, address(0x5cc));
        vm.assertEq(_registry.successorOf(_lost.id), address(0x5cc), "named");
        _transfer(_lost, _lost.id, _buyer);
        vm.assertEq(_registry.successorOf(_lost.id), address(0), "void");
        vm.prank(_buyer);
        _registry.setSuccessor(_lost.id, address(0x5cd));
        vm.prank(_buyer);
        _registry.retire(_lost.id);
        vm.assertEq(_registry.successorOf(_lost.id), address(0x5cd), "outlives retirement");
    }

    function _announce(bool transfer) private returns (bytes32 id) {
        vm.prank(_owner);
        if (transfer) _registry.announceTransfer(_lost.id, _lost.open, _buyer);
        else _registry.announceKeyRecovery(_lost.id, _next.open, false);
        IDeviceRecovery.Recovery memory recovery;
        (recovery, id) = _registry.recoveryOf(_lost.id);
        bytes memory named = abi.encode(
            _lost.id,
            transfer ? 2 : 1,
            transfer ? _buyer : _next.id,
            false,
            block.timestamp + WEEK
        );
        vm.assertEq(id, keccak256(named), "named by all its arguments");
    }

    function _veto(Key memory key, bytes32 id, uint256 nonce) private {
        Signature memory word = _signAction(key, _vetoHash(_lost.id, id, 0, nonce, FAR));
        vm.prank(address(0xCAFE));
        _registry.veto(_lost.id, key.open, nonce, FAR, word);
    }

    function _none() private view returns (bytes memory) {
        return abi.encodeWithSelector(IDeviceRecovery.RegistryNoRecovery.selector, _lost.id);
    }

    function _tooEarly() private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IDeviceRecovery.RegistryTooEarly.selector,
                _lost.id,
                uint64(1000 + WEEK)
            );
    }

    function _wrongKey(address id) private view returns (bytes memory) {
        return abi.encodeWithSelector(IDeviceRegistry.RegistryKey.selector, _lost.id, id);
    }

    function _deviceSignature() private view returns (bytes memory) {
        return abi.encodeWithSelector(IDeviceRegistry.RegistryDeviceSignature.selector, _lost.id);
    }
}
