// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceOwnership} from "../interfaces/IDeviceOwnership.sol";
import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";
import {P256Route, PublicKey, Signature} from "../interfaces/IKeyVerifiers.sol";
import {DeviceActions} from "./DeviceActions.sol";
import {DeviceChecks} from "./DeviceChecks.sol";
import {DeviceDid} from "./DeviceDid.sol";
import {DeviceKeys} from "./DeviceKeys.sol";
import {DeviceManifests} from "./DeviceManifests.sol";
import {DeviceRecoveries} from "./DeviceRecoveries.sol";
import {DeviceState, DeviceStates} from "./DeviceState.sol";
import {DeviceToken} from "./DeviceToken.sol";
import {MessageDomain} from "./MessageDomain.sol";

/// @title Identities of field devices
/// @dev No proxy, no admin: only a device's key, its owner's and its manufacturer's word change anything.
contract DeviceRegistry is
    IDeviceRegistry,
    IDeviceOwnership,
    DeviceDid,
    DeviceToken,
    DeviceManifests,
    DeviceRecoveries
{
    using DeviceStates for DeviceState;

    /// @inheritdoc IDeviceRegistry
    uint64 public constant REHOME_DELAY = 1 days;

    constructor(P256Route route) DeviceChecks(route) {}

    /// @inheritdoc IDeviceRegistry
    function enrol(
        PublicKey calldata key,
        uint64 home_,
        uint64 deadline,
        Signature calldata deviceSignature
    ) external returns (address) {
        _count(msg.sender, 1);
        return _enrol(msg.sender, key, home_, deadline, deviceSignature);
    }

    /// @inheritdoc IDeviceRegistry
    function enrolFor(
        address owner,
        PublicKey calldata key,
        uint64 home_,
        uint64 deadline,
        Signature calldata deviceSignature,
        bytes calldata ownerSignature
    ) external returns (address device_) {
        device_ = _enrol(owner, key, home_, deadline, deviceSignature);
        _count(owner, 1);
        _requireOwner(
            device_,
            owner,
            DeviceActions.adopt(device_, owner, home_, deadline),
            ownerSignature
        );
    }

    /// @inheritdoc IDeviceRegistry
    function enrolMany(
        address owner,
        uint64 home_,
        uint64 deadline,
        Enrolment[] calldata items,
        bytes calldata ownerSignature
    ) external returns (address[] memory devices) {
        devices = new address[](items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            devices[i] = _enrol(owner, items[i].key, home_, deadline, items[i].signature);
        }
        _count(owner, items.length);
        bytes32 action = DeviceActions.adoptMany(devices, owner, home_, deadline);
        _requireOwner(address(0), owner, action, ownerSignature);
    }

    /// @inheritdoc IDeviceRegistry
    function suspend(address device_) external {
        _switch(device_, Status.Active, Status.Suspended);
        emit DeviceSuspended(device_);
    }

    /// @inheritdoc IDeviceRegistry
    function resume(address device_) external {
        _switch(device_, Status.Suspended, Status.Active);
        emit DeviceResumed(device_);
    }

    /// @inheritdoc IDeviceRegistry
    function retire(address device_) external {
        _retire(_ownedBySender(device_), device_);
    }

    /// @inheritdoc IDeviceRegistry
    function rotate(
        Rotation calldata rotation,
        Signature calldata deviceSignature,
        bytes calldata ownerSignature
    ) external {
        _requireInTime(rotation.deadline);
        address device_ = rotation.device;
        DeviceState storage state = _alive(device_);
        address currentId = _requireCurrentKey(state, device_, rotation.current);
        _requireNextKey(device_, state.owner, currentId, rotation.next);
        _spend(state, device_, rotation.nonce);
        bytes32 action = DeviceActions.rotate(rotation, state.keyIndex + 1, state.ownerEpoch);
        _requireDevice(device_, rotation.current, action, deviceSignature);
        _requireOwner(device_, state.owner, action, ownerSignature);
        _changeKey(state, device_, rotation.current, rotation.next, rotation.compromised);
    }

    /// @inheritdoc IDeviceRegistry
    function transfer(
        address device_,
        PublicKey calldata current,
        address to,
        uint256 nonce_,
        uint64 deadline,
        Signature calldata deviceSignature,
        bytes calldata ownerSignature,
        bytes calldata recipientSignature
    ) external {
        _requireInTime(deadline);
        _requireFit(device_, current, to);
        DeviceState storage state = _alive(device_);
        _requireCurrentKey(state, device_, current);
        _spend(state, device_, nonce_);
        uint32 ownerEpoch = state.ownerEpoch;
        bytes32 action = DeviceActions.transfer(device_, to, ownerEpoch, nonce_, deadline);
        _requireDevice(device_, current, action, deviceSignature);
        _requireOwner(device_, state.owner, action, ownerSignature);
        action = DeviceActions.accept(device_, to, ownerEpoch, nonce_, deadline);
        if (!_hasWord(to, action, recipientSignature)) {
            revert RegistryRecipientSignature(device_, to);
        }
        _changeOwner(state, device_, to);
    }

    /// @inheritdoc IDeviceRegistry
    function setHome(address device_, uint64 home_) external {
        DeviceState storage state = _ownedBySender(device_);
        state.settleHome();
        uint64 current = state.home;
        uint64 effectiveAt = uint64(block.timestamp);
        if (current == home_) {
            state.clearPendingHome();
        } else if (current == 0) {
            state.clearPendingHome();
            state.home = home_;
            state.changedAt = uint40(block.timestamp);
        } else {
            effectiveAt += REHOME_DELAY;
            state.pendingHome = home_;
            state.pendingHomeAt = uint40(effectiveAt);
        }
        emit HomeAnnounced(device_, home_, effectiveAt);
    }

    /// @inheritdoc IDeviceRegistry
    function device(address device_) external view returns (Device memory described) {
        DeviceState storage state = _devices[device_];
        described = state.describe();
        described.recalled = _isRecalled(state);
    }

    /// @inheritdoc IDeviceOwnership
    function ownership(address device_) external view returns (address, uint32, Status) {
        DeviceState storage state = _devices[device_];
        return (state.owner, state.ownerEpoch, state.status);
    }

    /// @inheritdoc IDeviceRegistry
    function status(address device_) external view returns (Status) {
        return _devices[device_].status;
    }

    /// @inheritdoc IDeviceRegistry
    function home(address device_) external view returns (uint64) {
        return _devices[device_].homeOf();
    }

    /// @inheritdoc IDeviceRegistry
    function changedAt(address device_) external view returns (uint64) {
        return _devices[device_].changedAtOf();
    }

    /// @inheritdoc IDeviceRegistry
    function keyIdOf(address device_, uint32 keyIndex) external view returns (address) {
        return _devices[device_].keyIdOf(device_, keyIndex);
    }

    /// @inheritdoc IDeviceRegistry
    function keySpan(address device_, uint32 keyIndex) external view returns (KeySpan memory) {
        return _devices[device_].spanOf(device_, keyIndex);
    }

    /// @inheritdoc IDeviceRegistry
    function wasKeyAt(
        address device_,
        uint32 keyIndex,
        uint256 blockNumber
    ) external view returns (bool) {
        KeySpan memory span = _devices[device_].spanOf(device_, keyIndex);
        return
            span.id != address(0) &&
            blockNumber <= _blockNumber() &&
            blockNumber >= span.fromBlock &&
            (span.untilBlock == 0 || blockNumber < span.untilBlock);
    }

    /// @inheritdoc IDeviceRegistry
    function nonceOf(address device_, uint192 lane) external view returns (uint64) {
        return _devices[device_].nonces[lane];
    }

    /// @inheritdoc IDeviceRegistry
    function messageDomain() external view returns (bytes32) {
        return MessageDomain.domainOf(address(this));
    }

    /// @inheritdoc IDeviceRegistry
    function p256Route() external view returns (P256Route) {
        return _route;
    }

    function _switch(address device_, Status from, Status to) private {
        DeviceState storage state = _ownedBySender(device_);
        if (state.status != from) revert RegistryWrongStatus(device_, state.status);
        state.setStatus(to);
    }

    function _enrol(
        address owner,
        PublicKey calldata key,
        uint64 home_,
        uint64 deadline,
        Signature calldata signature
    ) private returns (address device_) {
        _requireInTime(deadline);
        device_ = DeviceKeys.idOf(key);
        _admit(
            DeviceStates.Origin(owner, home_, 0, DeviceStates.SOFTWARE_KEY),
            device_,
            key,
            DeviceActions.enrol(device_, owner, home_, deadline),
            signature
        );
    }
}
