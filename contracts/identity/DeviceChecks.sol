// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";
import {P256Route, PublicKey, Signature} from "../interfaces/IKeyVerifiers.sol";
import {BlockNumber} from "./BlockNumber.sol";
import {DeviceBook} from "./DeviceBook.sol";
import {DeviceKeys} from "./DeviceKeys.sol";
import {DeviceState, DeviceStates} from "./DeviceState.sol";

/// @title Who may do what with a device
abstract contract DeviceChecks is DeviceBook, EIP712 {
    using DeviceStates for DeviceState;

    P256Route internal immutable _route;
    bool private immutable _arbitrum;

    constructor(P256Route route) EIP712("Fieldseal DeviceRegistry", "1") {
        _route = route;
        _arbitrum = BlockNumber.isArbitrum();
    }

    /// @dev Type 2 signs SHA-256: P-256 hardware hashes with nothing else.
    function _requireDevice(
        address device,
        PublicKey calldata key,
        bytes32 structHash,
        Signature calldata signature
    ) internal view {
        bytes32 digest =
            key.keyType == DeviceKeys.P256
                ? sha256(abi.encodePacked(hex"1901", _domainSeparatorV4(), structHash))
                : _hashTypedDataV4(structHash);
        if (!DeviceKeys.verify(_route, key, digest, signature)) {
            revert IDeviceRegistry.RegistryDeviceSignature(device);
        }
    }

    function _requireOwner(
        address device,
        address owner,
        bytes32 structHash,
        bytes calldata signature
    ) internal view {
        if (!_hasWord(owner, structHash, signature)) {
            revert IDeviceRegistry.RegistryOwnerSignature(device, owner);
        }
    }

    /// @dev The sender's own word needs no signature. An ERC-1271 account may take an empty one.
    function _hasWord(
        address account,
        bytes32 structHash,
        bytes calldata signature
    ) internal view returns (bool) {
        return
            msg.sender == account ||
            SignatureChecker.isValidSignatureNowCalldata(
                account,
                _hashTypedDataV4(structHash),
                signature
            );
    }

    function _requireCurrentKey(
        DeviceState storage state,
        address device,
        PublicKey calldata current
    ) internal view returns (address id) {
        id = DeviceKeys.idOf(current);
        if (id != state.keyIdOf(device, state.keyIndex)) {
            revert IDeviceRegistry.RegistryKey(device, id);
        }
    }

    /// @dev The next key is a point of a known curve, neither the current one nor the owner's account.
    function _requireNextKey(
        address device,
        address owner,
        address currentId,
        PublicKey calldata next
    ) internal pure returns (address id) {
        id = DeviceKeys.idOf(next);
        if (id == currentId || !DeviceKeys.isValid(next)) {
            revert IDeviceRegistry.RegistryKey(device, id);
        }
        _requireFit(device, next, owner);
    }

    function _ownedBySender(address device) internal view returns (DeviceState storage state) {
        state = _alive(device);
        if (state.owner != msg.sender) {
            revert IDeviceRegistry.RegistryNotOwner(device, msg.sender);
        }
    }

    function _alive(address device) internal view returns (DeviceState storage state) {
        state = _devices[device];
        IDeviceRegistry.Status status = state.status;
        if (status == IDeviceRegistry.Status.None) {
            revert IDeviceRegistry.RegistryUnknownDevice(device);
        }
        if (status == IDeviceRegistry.Status.Retired) {
            revert IDeviceRegistry.RegistryWrongStatus(device, status);
        }
    }

    /// @dev Spends a nonce of the device's own lanes.
    function _spend(DeviceState storage state, address device, uint256 nonce) internal {
        if (!DeviceStates.spend(state.nonces, nonce)) {
            revert IDeviceRegistry.RegistryNonce(device, nonce);
        }
    }

    function _requireInTime(uint64 deadline) internal view {
        if (block.timestamp > deadline) revert IDeviceRegistry.RegistryExpired(deadline);
    }

    /// @dev Were the owner the account of the device's key, that key alone could rotate and move the device.
    function _requireFit(address device, PublicKey calldata key, address owner) internal pure {
        if (owner == address(0)) revert IDeviceRegistry.RegistryZeroOwner();
        if (owner == device || DeviceKeys.isAccountOf(key, owner)) {
            revert IDeviceRegistry.RegistryOwnerIsDevice(owner);
        }
    }

    function _blockNumber() internal view returns (uint40) {
        return BlockNumber.current(_arbitrum);
    }
}
