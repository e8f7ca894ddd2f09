// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title ECDSA over secp256k1 against a known public key (SEC 2 §2.4.1)
library Secp256k1 {
    uint256 private constant P = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;

    /// @notice Whether (`r`, `s`) by the key (`x`, `y`) covers `digest`; high-s is refused.
    /// @dev The key is known, so the recovery id need not travel: both are tried.
    function verify(
        bytes32 x,
        bytes32 y,
        bytes32 digest,
        bytes32 r,
        bytes32 s
    ) internal pure returns (bool) {
        address account = accountOf(x, y);
        return _recovers(account, digest, 27, r, s) || _recovers(account, digest, 28, r, s);
    }

    /// @notice The Ethereum account of a key.
    function accountOf(bytes32 x, bytes32 y) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(x, y)))));
    }

    /// @notice Whether (`x`, `y`) is a point of the curve, with reduced coordinates.
    function isPoint(bytes32 x, bytes32 y) internal pure returns (bool) {
        uint256 px = uint256(x);
        uint256 py = uint256(y);
        if (px >= P || py >= P) return false;
        return mulmod(py, py, P) == addmod(mulmod(mulmod(px, px, P), px, P), 7, P);
    }

    function _recovers(
        address account,
        bytes32 digest,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) private pure returns (bool) {
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(digest, v, r, s);
        return failure == ECDSA.RecoverError.NoError && recovered == account;
    }
}
