// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A device key. `keyType` 1 is secp256k1, 2 is P-256; `x` and `y` are the affine coordinates.
struct PublicKey {
    uint8 keyType;
    bytes32 x;
    bytes32 y;
}

/// @notice An ECDSA signature of either type, 64 bytes, low-s.
struct Signature {
    bytes32 r;
    bytes32 s;
}

/// @title One signature check a key type, fixed at deployment
interface IKeyVerifiers {
    /// @notice Whether `signature` by `key` covers `digest`.
    /// @dev Unknown key types, high-s signatures and points off the curve are false, never a revert.
    function verify(
        PublicKey calldata key,
        bytes32 digest,
        Signature calldata signature
    ) external view returns (bool);
}
