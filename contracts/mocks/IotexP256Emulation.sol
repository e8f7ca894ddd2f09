// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

/// @title IoTeX's P-256 precompile as its node behaves, for tests to place at 0x8001
/// @dev Input hash ‖ r ‖ s ‖ 04 ‖ x ‖ y, answer one byte; takes high-s; burns all gas on a bad point.
contract IotexP256Emulation {
    uint256 private constant N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;

    fallback(bytes calldata input) external returns (bytes memory) {
        if (input.length != 161 || input[96] != 0x04) _burn();
        bytes32 s = bytes32(input[64:96]);
        if (uint256(s) > N / 2) s = bytes32(N - uint256(s));
        bytes32 x = bytes32(input[97:129]);
        bytes32 y = bytes32(input[129:161]);
        if (!P256.isValidPublicKey(x, y)) _burn();
        bool valid = P256.verifySolidity(bytes32(input[0:32]), bytes32(input[32:64]), s, x, y);
        return valid ? bytes(hex"01") : bytes(hex"00");
    }

    function _burn() private pure {
        assembly ("memory-safe") {
            invalid()
        }
    }
}
