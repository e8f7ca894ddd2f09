// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";

/// @title EIP-712 struct hashes of what devices and owners sign
/// @dev One type an action, every argument bound: a signature for one action is none for another.
library DeviceActions {
    bytes32 private constant ENROL = keccak256(
        "Enrol(address device,address owner,uint64 home,uint64 deadline)"
    );
    bytes32 private constant ADOPT = keccak256(
        "Adopt(address device,address owner,uint64 home,uint64 deadline)"
    );
    bytes32 private constant ROTATE = keccak256(
        "Rotate(address device,uint32 keyIndex,uint8 keyType,bytes32 x,bytes32 y,bool compromised,uint32 ownerEpoch,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant TRANSFER = keccak256(
        "Transfer(address device,address to,uint32 ownerEpoch,uint256 nonce,uint64 deadline)"
    );

    function enrol(
        address device,
        address owner,
        uint64 home,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(ENROL, device, owner, home, deadline));
    }

    function adopt(
        address device,
        address owner,
        uint64 home,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(ADOPT, device, owner, home, deadline));
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
        return keccak256(abi.encode(TRANSFER, device, to, ownerEpoch, nonce, deadline));
    }
}
