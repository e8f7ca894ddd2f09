// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";
import {DeviceStates} from "./DeviceState.sol";

/// @title EIP-712 struct hashes of what devices, owners and manufacturers sign
/// @dev One type an action, every argument bound: a signature for one action is none for another.
library DeviceActions {
    bytes32 private constant ENROL = keccak256(
        "Enrol(address device,address owner,uint64 home,uint64 deadline)"
    );
    bytes32 private constant ADOPT = keccak256(
        "Adopt(address device,address owner,uint64 home,uint64 deadline)"
    );
    bytes32 private constant ADOPT_MANY = keccak256(
        "AdoptMany(address[] devices,address owner,uint64 home,uint64 deadline)"
    );
    bytes32 private constant CLAIM = keccak256(
        "Claim(address device,address owner,uint64 home,uint64 manifest,address manufacturer,uint64 deadline)"
    );
    bytes32 private constant ADOPT_CLAIMS = keccak256(
        "AdoptClaims(address[] devices,address owner,uint64 home,uint64 manifest,address manufacturer,uint64 deadline)"
    );
    bytes32 private constant ROTATE = keccak256(
        "Rotate(address device,uint32 keyIndex,uint8 keyType,bytes32 x,bytes32 y,bool compromised,uint32 ownerEpoch,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant TRANSFER = keccak256(
        "Transfer(address device,address to,uint32 ownerEpoch,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant ACCEPT = keccak256(
        "Accept(address device,address to,uint32 ownerEpoch,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant VOUCH = keccak256(
        "Vouch(address device,uint32 keyIndex,address keyId,uint8 attestation,uint32 ownerEpoch,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant VETO = keccak256(
        "Veto(address device,bytes32 recovery,uint32 ownerEpoch,uint256 nonce,uint64 deadline)"
    );

    function enrol(
        address device,
        address owner,
        uint64 home,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return _entered(ENROL, _wordOf(device), owner, home, deadline);
    }

    function adopt(
        address device,
        address owner,
        uint64 home,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return _entered(ADOPT, _wordOf(device), owner, home, deadline);
    }

    function adoptMany(
        address[] memory devices,
        address owner,
        uint64 home,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return _entered(ADOPT_MANY, _hashOf(devices), owner, home, deadline);
    }

    function claim(
        address device,
        DeviceStates.Origin memory origin,
        address manufacturer,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return _claimed(CLAIM, _wordOf(device), origin, manufacturer, deadline);
    }

    function adoptClaims(
        address[] memory devices,
        DeviceStates.Origin memory origin,
        address manufacturer,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return _claimed(ADOPT_CLAIMS, _hashOf(devices), origin, manufacturer, deadline);
    }

    /// @param nextIndex Key index of the next key
    function rotate(
        IDeviceRegistry.Rotation calldata rotation,
        uint32 nextIndex,
        uint32 ownerEpoch
    ) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    ROTATE,
                    rotation.device,
                    nextIndex,
                    rotation.next.keyType,
                    rotation.next.x,
                    rotation.next.y,
                    rotation.compromised,
                    ownerEpoch,
                    rotation.nonce,
                    rotation.deadline
                )
            );
    }

    function transfer(
        address device,
        address to,
        uint32 ownerEpoch,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return _onDevice(TRANSFER, device, _wordOf(to), ownerEpoch, nonce, deadline);
    }

    function accept(
        address device,
        address to,
        uint32 ownerEpoch,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return _onDevice(ACCEPT, device, _wordOf(to), ownerEpoch, nonce, deadline);
    }

    function vouch(
        address device,
        uint32 keyIndex,
        address keyId,
        uint8 attestation,
        uint32 ownerEpoch,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(VOUCH, device, keyIndex, keyId, attestation, ownerEpoch, nonce, deadline)
            );
    }

    /// @param recovery Id of the announcement
    function veto(
        address device,
        bytes32 recovery,
        uint32 ownerEpoch,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return _onDevice(VETO, device, recovery, ownerEpoch, nonce, deadline);
    }

    function _entered(
        bytes32 action,
        bytes32 subject,
        address owner,
        uint64 home,
        uint64 deadline
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(action, subject, owner, home, deadline));
    }

    function _onDevice(
        bytes32 action,
        address device,
        bytes32 object,
        uint32 ownerEpoch,
        uint256 nonce,
        uint64 deadline
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(action, device, object, ownerEpoch, nonce, deadline));
    }

    function _claimed(
        bytes32 action,
        bytes32 subject,
        DeviceStates.Origin memory origin,
        address manufacturer,
        uint64 deadline
    ) private pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    action,
                    subject,
                    origin.owner,
                    origin.home,
                    origin.manifest,
                    manufacturer,
                    deadline
                )
            );
    }

    function _wordOf(address account) private pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }

    /// @dev EIP-712 hashes the elements of an array as 32-byte words.
    function _hashOf(address[] memory devices) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(devices));
    }
}
