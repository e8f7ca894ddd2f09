// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A device key. `keyType` 1 is secp256k1, 2 is P-256; `x` and `y` are the affine coordinates.
struct PublicKey {
    uint8 keyType;
    bytes32 x;
    bytes32 y;
}

/// @notice How a chain checks P-256: `Standard` is the precompile at 0x100 (EIP-7951, RIP-7212) where there is one
/// and Solidity elsewhere; `Iotex` is IoTeX's precompile at 0x8001.
enum P256Route {
    Standard,
    Iotex
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
