// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IDeviceOwnership} from "../interfaces/IDeviceOwnership.sol";
import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";
import {P256Route, PublicKey, Signature} from "../interfaces/IKeyVerifiers.sol";
import {BlockNumber} from "./BlockNumber.sol";
import {DeviceActions} from "./DeviceActions.sol";
import {DeviceDid} from "./DeviceDid.sol";
import {DeviceKeys} from "./DeviceKeys.sol";
import {DeviceState, DeviceStates} from "./DeviceState.sol";
import {DeviceToken} from "./DeviceToken.sol";
import {DidAttributes} from "./DidAttributes.sol";
import {MessageDomain} from "./MessageDomain.sol";

/// @title Identities of field devices
/// @dev No proxy, no admin: only a device's key and its owner's word change anything.
contract DeviceRegistry is IDeviceRegistry, IDeviceOwnership, DeviceDid, DeviceToken, EIP712 {
    using DeviceStates for DeviceState;

    /// @inheritdoc IDeviceRegistry
    uint64 public constant REHOME_DELAY = 1 days;

    /// @inheritdoc IDeviceRegistry
    P256Route public immutable p256Route;

    bool private immutable _arbitrum;

    constructor(P256Route route) EIP712("Fieldseal DeviceRegistry", "1") {
        p256Route = route;
        _arbitrum = BlockNumber.isArbitrum();
    }

    /// @inheritdoc IDeviceRegistry
    function enrol(
        PublicKey calldata key,
        uint64 home_,
        uint64 deadline,
        Signature calldata deviceSignature
    ) external returns (address) {
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
        _requireOwner(
            device_,
            owner,
            DeviceActions.adopt(device_, owner, home_, deadline),
            ownerSignature
        );
    }

    /// @inheritdoc IDeviceRegistry
    function suspend(address device_) external {
        DeviceState storage state = _ownedBySender(device_);
        if (state.status != Status.Active) revert RegistryWrongStatus(device_, state.status);
        state.setStatus(Status.Suspended);
        emit DeviceSuspended(device_);
    }

    /// @inheritdoc IDeviceRegistry
    function resume(address device_) external {
        DeviceState storage state = _ownedBySender(device_);
        if (state.status != Status.Suspended) revert RegistryWrongStatus(device_, state.status);
        state.setStatus(Status.Active);
        emit DeviceResumed(device_);
    }

    /// @inheritdoc IDeviceRegistry
    function retire(address device_) external {
        DeviceState storage state = _ownedBySender(device_);
        uint256 previousChange = state.changedBlock;
        bool dropped = state.dropPendingHome();
        state.setStatus(Status.Retired);
        state.changedBlock = _blockNumber();
        --_balances[msg.sender];
        emit DIDOwnerChanged(device_, address(0), previousChange);
        emit Transfer(msg.sender, address(0), uint160(device_));
        emit DeviceRetired(device_);
        if (dropped) emit HomeAnnounced(device_, state.home, uint64(block.timestamp));
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
        _requireCurrentKey(state, device_, rotation.current);
        address nextId = DeviceKeys.idOf(rotation.next);
        if (nextId == DeviceKeys.idOf(rotation.current) || !DeviceKeys.isValid(rotation.next)) {
            revert RegistryKey(device_, nextId);
        }
        _requireFit(device_, rotation.next, state.owner);
        if (!state.spend(rotation.nonce)) revert RegistryNonce(device_, rotation.nonce);
        bytes32 action = DeviceActions.rotate(rotation, state.keyIndex + 1, state.ownerEpoch);
        _requireDevice(device_, rotation.current, action, deviceSignature);
        _requireOwner(device_, state.owner, action, ownerSignature);

        uint40 blockNumber = _blockNumber();
        uint256 previousChange = state.changedBlock;
        uint32 nextIndex = state.rotate(nextId, rotation.compromised, blockNumber);
        state.changedBlock = blockNumber;
        DidAttributes.emitKey(device_, rotation.current, DidAttributes.ENDED, previousChange);
        DidAttributes.emitKey(device_, rotation.next, DidAttributes.FOREVER, blockNumber);
        emit KeyRotated(
            device_,
            nextIndex,
            rotation.next.keyType,
            rotation.next.x,
            rotation.next.y,
            rotation.compromised
        );
    }

    /// @inheritdoc IDeviceRegistry
    function transfer(
        address device_,
        PublicKey calldata current,
        address to,
        uint256 nonce_,
        uint64 deadline,
        Signature calldata deviceSignature,
        bytes calldata ownerSignature
    ) external {
        _requireInTime(deadline);
        _requireFit(device_, current, to);
        DeviceState storage state = _alive(device_);
        _requireCurrentKey(state, device_, current);
        if (!state.spend(nonce_)) revert RegistryNonce(device_, nonce_);
        bytes32 action = DeviceActions.transfer(device_, to, state.ownerEpoch, nonce_, deadline);
        _requireDevice(device_, current, action, deviceSignature);
        address from = state.owner;
        _requireOwner(device_, from, action, ownerSignature);

        uint256 previousChange = state.changedBlock;
        bool dropped = state.transfer(to);
        state.changedBlock = _blockNumber();
        --_balances[from];
        ++_balances[to];
        emit DIDOwnerChanged(device_, to, previousChange);
        emit Transfer(from, to, uint160(device_));
        emit DeviceTransferred(device_, from, to, state.ownerEpoch);
        if (dropped) emit HomeAnnounced(device_, state.home, uint64(block.timestamp));
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
    function device(address device_) external view returns (Device memory) {
        return _devices[device_].describe();
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

    function _enrol(
        address owner,
        PublicKey calldata key,
        uint64 home_,
        uint64 deadline,
        Signature calldata signature
    ) private returns (address device_) {
        _requireInTime(deadline);
        device_ = DeviceKeys.idOf(key);
        _requireFit(device_, key, owner);
        DeviceState storage state = _devices[device_];
        if (state.status != Status.None) revert RegistryAlreadyEnrolled(device_);
        _requireDevice(
            device_,
            key,
            DeviceActions.enrol(device_, owner, home_, deadline),
            signature
        );

        uint40 blockNumber = _blockNumber();
        state.enrol(owner, home_, blockNumber);
        ++_balances[owner];
        emit DIDOwnerChanged(device_, owner, 0);
        DidAttributes.emitKey(device_, key, DidAttributes.FOREVER, blockNumber);
        emit Transfer(address(0), owner, uint160(device_));
    }

    /// @dev Type 2 signs SHA-256: P-256 hardware hashes with nothing else.
    function _requireDevice(
        address device_,
        PublicKey calldata key,
        bytes32 structHash,
        Signature calldata signature
    ) private view {
        bytes32 digest =
            key.keyType == DeviceKeys.P256
                ? sha256(abi.encodePacked(hex"1901", _domainSeparatorV4(), structHash))
                : _hashTypedDataV4(structHash);
        if (!DeviceKeys.verify(p256Route, key, digest, signature)) {
            revert RegistryDeviceSignature(device_);
        }
    }

    /// @dev The sender's own word needs no signature. An ERC-1271 owner may take an empty one.
    function _requireOwner(
        address device_,
        address owner,
        bytes32 structHash,
        bytes calldata signature
    ) private view {
        if (msg.sender == owner) return;
        bytes32 digest = _hashTypedDataV4(structHash);
        if (!SignatureChecker.isValidSignatureNowCalldata(owner, digest, signature)) {
            revert RegistryOwnerSignature(device_, owner);
        }
    }

    function _requireCurrentKey(
        DeviceState storage state,
        address device_,
        PublicKey calldata current
    ) private view {
        address id = DeviceKeys.idOf(current);
        if (id != state.keyIdOf(device_, state.keyIndex)) revert RegistryKey(device_, id);
    }

    function _ownedBySender(address device_) private view returns (DeviceState storage state) {
        state = _alive(device_);
        if (state.owner != msg.sender) revert RegistryNotOwner(device_, msg.sender);
    }

    function _alive(address device_) private view returns (DeviceState storage state) {
        state = _devices[device_];
        if (state.status == Status.None) revert RegistryUnknownDevice(device_);
        if (state.status == Status.Retired) revert RegistryWrongStatus(device_, Status.Retired);
    }

    function _requireInTime(uint64 deadline) private view {
        if (block.timestamp > deadline) revert RegistryExpired(deadline);
    }

    /// @dev Were the owner the account of the device's key, that key alone could rotate and move the device.
    function _requireFit(address device_, PublicKey calldata key, address owner) private pure {
        if (owner == address(0)) revert RegistryZeroOwner();
        if (owner == device_ || DeviceKeys.isAccountOf(key, owner)) {
            revert RegistryOwnerIsDevice(owner);
        }
    }

    function _blockNumber() private view returns (uint40) {
        return BlockNumber.current(_arbitrum);
    }
}
