// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PublicKey} from "../interfaces/IKeyVerifiers.sol";
import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";
import {DeviceKeys} from "./DeviceKeys.sol";

/// @title Device keys as ERC-1056 attributes
library DidAttributes {
    bytes32 private constant SECP256K1_NAME = "did/pub/Secp256k1/veriKey/hex";
    bytes32 private constant P256_NAME = "did/pub/Secp256r1/veriKey/hex";

    /// @dev Keys end by an event, never by time.
    uint256 internal constant FOREVER = type(uint64).max;
    uint256 internal constant ENDED = 0;

    /// @notice Emits the attribute of `key`: a verification method of the DID, or its end.
    function emitKey(
        address device,
        PublicKey calldata key,
        uint256 validTo,
        uint256 previousChange
    ) internal {
        emit IDeviceRegistry.DIDAttributeChanged(
            device,
            key.keyType == DeviceKeys.P256 ? P256_NAME : SECP256K1_NAME,
            abi.encodePacked(uint8(4), key.x, key.y),
            validTo,
            previousChange
        );
    }
}
