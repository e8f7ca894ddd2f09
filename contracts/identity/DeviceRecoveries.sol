// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceRecovery} from "../interfaces/IDeviceRecovery.sol";
import {PublicKey, Signature} from "../interfaces/IKeyVerifiers.sol";
import {DeviceActions} from "./DeviceActions.sol";
import {DeviceKeys} from "./DeviceKeys.sol";
import {DeviceMoves} from "./DeviceMoves.sol";
import {DeviceState, DeviceStates} from "./DeviceState.sol";

/// @title The registry as owners use it whose device lost its key
abstract contract DeviceRecoveries is IDeviceRecovery, DeviceMoves {
    using DeviceStates for DeviceState;

    /// @inheritdoc IDeviceRecovery
    uint64 public constant RECOVERY_DELAY = 7 days;

    /// @inheritdoc IDeviceRecovery
    function announceKeyRecovery(
        address device,
        PublicKey calldata next,
        bool compromised
    ) external {
        DeviceState storage state = _ownedBySender(device);
        address currentId = state.keyIdOf(device, state.keyIndex);
        address nextId = _requireNextKey(device, msg.sender, currentId, next);
        _announce(state, device, RecoveryKind.Key, nextId, compromised);
    }

    /// @inheritdoc IDeviceRecovery
    function announceTransfer(address device, PublicKey calldata current, address to) external {
        DeviceState storage state = _ownedBySender(device);
        _requireCurrentKey(state, device, current);
        _requireFit(device, current, to);
        _announce(state, device, RecoveryKind.Transfer, to, false);
    }

    /// @inheritdoc IDeviceRecovery
    function completeKeyRecovery(
        address device,
        PublicKey calldata lost,
        PublicKey calldata next
    ) external {
        DeviceState storage state = _ownedBySender(device);
        bool compromised = _take(state, device, RecoveryKind.Key, DeviceKeys.idOf(next));
        _requireCurrentKey(state, device, lost);
        _changeKey(state, device, lost, next, compromised);
    }

    /// @inheritdoc IDeviceRecovery
    function completeTransfer(address device) external {
        DeviceState storage state = _alive(device);
        _take(state, device, RecoveryKind.Transfer, msg.sender);
        _changeOwner(state, device, msg.sender);
    }

    /// @inheritdoc IDeviceRecovery
    function cancelRecovery(address device) external {
        DeviceState storage state = _ownedBySender(device);
        _pendingId(state, device);
        _dropRecovery(state, device);
    }

    /// @inheritdoc IDeviceRecovery
    function veto(
        address device,
        PublicKey calldata current,
        uint256 nonce,
        uint64 deadline,
        Signature calldata deviceSignature
    ) external {
        _requireInTime(deadline);
        DeviceState storage state = _alive(device);
        bytes32 id = _pendingId(state, device);
        _requireCurrentKey(state, device, current);
        _spend(state, device, nonce);
        bytes32 action = DeviceActions.veto(device, id, state.ownerEpoch, nonce, deadline);
        _requireDevice(device, current, action, deviceSignature);
        state.dropRecovery(device);
        emit RecoveryVetoed(device, id);
    }

    /// @inheritdoc IDeviceRecovery
    function recoveryOf(
        address device
    ) external view returns (Recovery memory recovery, bytes32 id) {
        DeviceState storage state = _devices[device];
        return (state.recovery, state.recoveryId(device));
    }

    /// @inheritdoc IDeviceRecovery
    function setSuccessor(address device, address registry) external {
        DeviceState storage state = _ownedBySender(device);
        if (registry == address(this)) revert RegistrySuccessor(registry);
        state.successor = registry;
        state.successorEpoch = state.ownerEpoch;
        emit SuccessorSet(device, registry);
    }

    /// @inheritdoc IDeviceRecovery
    function successorOf(address device) external view returns (address registry) {
        DeviceState storage state = _devices[device];
        if (state.successorEpoch == state.ownerEpoch) registry = state.successor;
    }

    function _announce(
        DeviceState storage state,
        address device,
        RecoveryKind kind,
        address target,
        bool compromised
    ) private {
        uint40 effectiveAt = uint40(block.timestamp + RECOVERY_DELAY);
        Recovery storage recovery = state.recovery;
        recovery.kind = kind;
        recovery.target = target;
        recovery.compromised = compromised;
        recovery.effectiveAt = effectiveAt;
        emit RecoveryAnnounced(
            device,
            state.recoveryId(device),
            kind,
            target,
            compromised,
            effectiveAt
        );
    }

    /// @dev Takes the announcement of exactly this recovery, if its time has come.
    function _take(
        DeviceState storage state,
        address device,
        RecoveryKind kind,
        address target
    ) private returns (bool compromised) {
        Recovery storage recovery = state.recovery;
        if (recovery.kind != kind) revert RegistryNoRecovery(device);
        if (recovery.target != target) revert RegistryRecoveryTarget(device, target);
        if (block.timestamp < recovery.effectiveAt) {
            revert RegistryTooEarly(device, recovery.effectiveAt);
        }
        compromised = recovery.compromised;
        delete state.recovery;
    }

    function _pendingId(
        DeviceState storage state,
        address device
    ) private view returns (bytes32 id) {
        id = state.recoveryId(device);
        if (id == 0) revert RegistryNoRecovery(device);
    }
}
