// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceManifests} from "../interfaces/IDeviceManifests.sol";
import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";
import {MerkleInclusion} from "../trees/MerkleInclusion.sol";
import {DeviceActions} from "./DeviceActions.sol";
import {DeviceKeys} from "./DeviceKeys.sol";
import {DeviceMoves} from "./DeviceMoves.sol";
import {DeviceState, DeviceStates} from "./DeviceState.sol";

/// @title The registry as manufacturers use it
abstract contract DeviceManifests is IDeviceManifests, DeviceMoves {
    using DeviceStates for DeviceState;

    /// @inheritdoc IDeviceManifests
    uint256 public constant MAX_TEXT = 512;

    /// @inheritdoc IDeviceManifests
    function commitManifest(
        bytes32 root,
        uint64 size,
        uint8 attestation,
        string calldata uri
    ) external returns (uint64 manifest) {
        if (size == 0) revert RegistryManifestSize();
        if (attestation != DeviceStates.SOFTWARE_KEY && attestation != DeviceStates.VOUCHED_KEY) {
            revert RegistryAttestation(attestation);
        }
        _requireText(uri);
        manifest = ++_manifestCount;
        Manifest storage made = _manifests[manifest];
        made.root = root;
        made.manufacturer = msg.sender;
        made.size = size;
        made.attestation = attestation;
        emit ManifestCommitted(manifest, msg.sender, root, size, attestation, uri);
    }

    /// @inheritdoc IDeviceManifests
    function claim(
        uint64 manifest,
        address owner,
        uint64 home,
        uint64 deadline,
        ClaimItem calldata item,
        bytes calldata ownerSignature
    ) external returns (address device) {
        _requireInTime(deadline);
        DeviceStates.Origin memory origin = _originOf(manifest, owner, home);
        address[] memory devices = new address[](1);
        device = _claim(origin, deadline, item);
        devices[0] = device;
        _requireAdoption(origin, deadline, devices, ownerSignature);
    }

    /// @inheritdoc IDeviceManifests
    function claimMany(
        uint64 manifest,
        address owner,
        uint64 home,
        uint64 deadline,
        ClaimItem[] calldata items,
        bytes calldata ownerSignature
    ) external returns (address[] memory devices) {
        _requireInTime(deadline);
        DeviceStates.Origin memory origin = _originOf(manifest, owner, home);
        devices = new address[](items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            devices[i] = _claim(origin, deadline, items[i]);
        }
        _requireAdoption(origin, deadline, devices, ownerSignature);
    }

    /// @inheritdoc IDeviceManifests
    function vouch(
        address device,
        uint32 keyIndex,
        uint8 attestation,
        uint256 nonce,
        uint64 deadline,
        bytes calldata manufacturerSignature
    ) external {
        _requireInTime(deadline);
        DeviceState storage state = _alive(device);
        if (attestation > DeviceStates.VOUCHED_KEY) revert RegistryAttestation(attestation);
        address keyId = state.keyIdOf(device, keyIndex);
        if (keyIndex != state.keyIndex) revert IDeviceRegistry.RegistryKey(device, keyId);
        if (!DeviceStates.spend(state.vouchNonces, nonce)) {
            revert IDeviceRegistry.RegistryNonce(device, nonce);
        }
        address manufacturer = _manifests[state.manifest].manufacturer;
        bytes32 action = DeviceActions.vouch(
            device,
            keyIndex,
            keyId,
            attestation,
            state.ownerEpoch,
            nonce,
            deadline
        );
        if (!_hasWord(manufacturer, action, manufacturerSignature)) {
            revert RegistryManufacturerSignature(device, manufacturer);
        }
        _attest(state, device, attestation);
    }

    /// @inheritdoc IDeviceManifests
    function declareAttestation(address device, uint8 attestation) external {
        DeviceState storage state = _ownedBySender(device);
        if (attestation > DeviceStates.SOFTWARE_KEY) revert RegistryAttestation(attestation);
        _attest(state, device, attestation);
    }

    /// @inheritdoc IDeviceManifests
    function recallManifest(uint64 manifest, string calldata reason) external {
        _requireText(reason);
        Manifest storage recalled_ = _madeBySender(manifest);
        recalled_.recalled = true;
        emit ManifestRecalled(manifest, ++recalled_.recallRound, reason);
    }

    /// @inheritdoc IDeviceManifests
    function endManifestRecall(uint64 manifest) external {
        _madeBySender(manifest).recalled = false;
        emit ManifestRecallEnded(manifest);
    }

    /// @inheritdoc IDeviceManifests
    function recallDevices(address[] calldata devices, string calldata reason) external {
        _requireText(reason);
        for (uint256 i = 0; i < devices.length; ++i) {
            DeviceState storage state = _devices[devices[i]];
            uint64 manifest = state.manifest;
            _madeBySender(manifest);
            state.recalled = true;
            emit DeviceRecalled(devices[i], manifest, reason);
        }
    }

    /// @inheritdoc IDeviceManifests
    function clearDevices(address[] calldata devices) external {
        for (uint256 i = 0; i < devices.length; ++i) {
            DeviceState storage state = _devices[devices[i]];
            uint64 manifest = state.manifest;
            uint16 round = _madeBySender(manifest).recallRound;
            state.recalled = false;
            state.clearedRound = round;
            emit DeviceCleared(devices[i], manifest, round);
        }
    }

    /// @inheritdoc IDeviceManifests
    function recalled(address device) external view returns (bool) {
        return _isRecalled(_devices[device]);
    }

    /// @inheritdoc IDeviceManifests
    function manifestOf(uint64 manifest) external view returns (Manifest memory) {
        return _manifests[manifest];
    }

    /// @inheritdoc IDeviceManifests
    function vouchNonceOf(address device, uint192 lane) external view returns (uint64) {
        return _devices[device].vouchNonces[lane];
    }

    function _claim(
        DeviceStates.Origin memory origin,
        uint64 deadline,
        ClaimItem calldata item
    ) private returns (address device) {
        device = DeviceKeys.idOf(item.key);
        Manifest storage manifest = _manifests[origin.manifest];
        (bool fits, bytes32 root) = MerkleInclusion.rootOf(
            sha256(
                abi.encodePacked(uint8(0), item.serial, item.key.keyType, item.key.x, item.key.y)
            ),
            item.position,
            manifest.size,
            item.path
        );
        if (!fits || root != manifest.root) {
            revert RegistryManifestProof(device, origin.manifest);
        }
        bytes32 action = DeviceActions.claim(device, origin, manifest.manufacturer, deadline);
        _admit(origin, device, item.key, action, item.signature);
        emit DeviceClaimed(device, origin.manifest, item.serial);
    }

    function _requireAdoption(
        DeviceStates.Origin memory origin,
        uint64 deadline,
        address[] memory devices,
        bytes calldata ownerSignature
    ) private {
        _count(origin.owner, devices.length);
        bytes32 action = DeviceActions.adoptClaims(
            devices,
            origin,
            _manifests[origin.manifest].manufacturer,
            deadline
        );
        _requireOwner(address(0), origin.owner, action, ownerSignature);
    }

    function _originOf(
        uint64 manifest,
        address owner,
        uint64 home
    ) private view returns (DeviceStates.Origin memory) {
        return DeviceStates.Origin(owner, home, manifest, _manifests[manifest].attestation);
    }

    function _attest(DeviceState storage state, address device, uint8 attestation) private {
        state.attestation = attestation;
        emit AttestationChanged(device, attestation);
    }

    function _madeBySender(uint64 manifest) private view returns (Manifest storage made) {
        made = _manifests[manifest];
        if (made.manufacturer != msg.sender) revert RegistryNotManufacturer(manifest, msg.sender);
    }

    function _requireText(string calldata text) private pure {
        uint256 length = bytes(text).length;
        if (length > MAX_TEXT) revert RegistryText(length);
    }
}
