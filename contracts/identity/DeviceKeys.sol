// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {P256Route, PublicKey, Signature} from "../interfaces/IKeyVerifiers.sol";
import {P256Verifier} from "./P256Verifier.sol";
import {Secp256k1} from "./Secp256k1.sol";

/// @title Keys of devices: their ids, their validity, what they signed
/// @dev Inlined into each contract that checks device signatures: a separate verifier costs about 3,400 gas a check
/// more, and a verifier's address is one more thing to trust.
library DeviceKeys {
    uint8 internal constant SECP256K1 = 1;
    uint8 internal constant P256 = 2;

    /// @notice The id that hashes `key`; a device's own id is that of its first key.
    function idOf(PublicKey calldata key) internal pure returns (address) {
        bytes32 hash = keccak256(abi.encodePacked("fieldseal/id/1", key.keyType, key.x, key.y));
        return address(uint160(uint256(hash)));
    }

    /// @notice Whether `key` is of a known type and a point of its curve.
    function isValid(PublicKey calldata key) internal pure returns (bool) {
        if (key.keyType == SECP256K1) return Secp256k1.isPoint(key.x, key.y);
        if (key.keyType == P256) return P256Verifier.isPoint(key.x, key.y);
        return false;
    }

    /// @notice Whether `account` is the Ethereum account that `key` controls.
    function isAccountOf(PublicKey calldata key, address account) internal pure returns (bool) {
        return key.keyType == SECP256K1 && Secp256k1.accountOf(key.x, key.y) == account;
    }

    /// @notice Whether `signature` by `key` covers `digest`; never reverts but by lack of gas.
    function verify(
        P256Route route,
        PublicKey calldata key,
        bytes32 digest,
        Signature calldata signature
    ) internal view returns (bool) {
        if (key.keyType == P256) {
            return P256Verifier.verify(route, key.x, key.y, digest, signature.r, signature.s);
        }
        if (key.keyType == SECP256K1) {
            return Secp256k1.verify(key.x, key.y, digest, signature.r, signature.s);
        }
        return false;
    }
}
