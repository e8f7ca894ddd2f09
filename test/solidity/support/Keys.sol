// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PublicKey, Signature} from "../../../contracts/interfaces/IKeyVerifiers.sol";
import {Secp256k1Points} from "./Secp256k1Points.sol";
import {Vm} from "./Vm.sol";

/// @notice A device's secret and what everybody knows of it.
struct Key {
    uint256 secret;
    PublicKey open;
    address id;
}

/// @title Device keys of both types and their signatures
abstract contract Keys {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint256 internal constant P256_N =
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;
    uint256 internal constant SECP256K1_N =
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /// @dev Deploys a contract as it was compiled for use, not as the tests are compiled.
    /// @param artifact Source file and name, `contracts/folder/File.sol:Name`
    /// @param arguments Of its constructor, ABI-encoded
    function _create(
        string memory artifact,
        bytes memory arguments
    ) internal returns (address created) {
        bytes memory code = abi.encodePacked(vm.getCode(artifact), arguments);
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
        }
        vm.assertTrue(created != address(0), artifact);
    }

    /// @param keyType 1 or 2
    /// @param seed Anything
    function _key(uint8 keyType, uint256 seed) internal view returns (Key memory key) {
        key.secret = _bound(seed, 1, type(uint128).max);
        key.open.keyType = keyType;
        if (keyType == 2) {
            (uint256 x, uint256 y) = vm.publicKeyP256(key.secret);
            (key.open.x, key.open.y) = (bytes32(x), bytes32(y));
        } else {
            (uint256 x, uint256 y) = Secp256k1Points.publicKey(key.secret);
            (key.open.x, key.open.y) = (bytes32(x), bytes32(y));
        }
        key.id = _keyId(key.open);
    }

    function _keyType(uint256 seed) internal pure returns (uint8) {
        return uint8(1 + (seed % 2));
    }

    function _keyId(PublicKey memory key) internal pure returns (address) {
        bytes memory preimage = abi.encodePacked("fieldseal/id/1", key.keyType, key.x, key.y);
        return address(uint160(uint256(keccak256(preimage))));
    }

    /// @dev Low-s.
    function _sign(Key memory key, bytes32 digest) internal pure returns (Signature memory) {
        if (key.open.keyType == 1) {
            (, bytes32 r1, bytes32 s1) = vm.sign(key.secret, digest);
            return Signature(r1, s1);
        }
        (bytes32 r, bytes32 s) = vm.signP256(key.secret, digest);
        return Signature(r, uint256(s) > P256_N / 2 ? bytes32(P256_N - uint256(s)) : s);
    }

    function _bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        if (value >= low && value <= high) return value;
        return low + (value % (high - low + 1));
    }
}
