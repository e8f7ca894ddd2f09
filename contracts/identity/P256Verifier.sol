// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {P256Route} from "../interfaces/IKeyVerifiers.sol";

/// @title ECDSA over P-256 (FIPS 186-5), low-s only
library P256Verifier {
    address private constant IOTEX_PRECOMPILE = address(0x8001);
    uint256 private constant N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;

    /// @notice Whether (`r`, `s`) by the key (`x`, `y`) covers `digest`, checked by `route`.
    function verify(
        P256Route route,
        bytes32 x,
        bytes32 y,
        bytes32 digest,
        bytes32 r,
        bytes32 s
    ) internal view returns (bool) {
        if (route == P256Route.Iotex) return _verifyIotex(x, y, digest, r, s);
        return P256.verify(digest, r, s, x, y);
    }

    /// @notice Whether (`x`, `y`) is a point of the curve, with reduced coordinates.
    function isPoint(bytes32 x, bytes32 y) internal pure returns (bool) {
        return P256.isValidPublicKey(x, y);
    }

    /// @dev The precompile burns all gas on a bad point and takes high-s: both are refused before it is asked.
    function _verifyIotex(
        bytes32 x,
        bytes32 y,
        bytes32 digest,
        bytes32 r,
        bytes32 s
    ) private view returns (bool) {
        if (r == 0 || uint256(r) >= N || s == 0 || uint256(s) > N / 2) return false;
        if (!isPoint(x, y)) return false;
        (bool answered, bytes memory answer) = IOTEX_PRECOMPILE.staticcall(
            abi.encodePacked(digest, r, s, uint8(4), x, y)
        );
        return answered && answer.length == 1 && answer[0] == 0x01;
    }
}
