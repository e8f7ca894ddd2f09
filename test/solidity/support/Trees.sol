// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Trees as RFC 9162 §2.1 defines them, by recursion: what the contracts' loops are measured by
library Trees {
    function leaf(bytes memory data) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(0), data));
    }

    function root(bytes32[] memory hashes) internal pure returns (bytes32) {
        return root(hashes, 0, hashes.length);
    }

    function root(
        bytes32[] memory hashes,
        uint256 from,
        uint256 size
    ) internal pure returns (bytes32) {
        if (size == 1) return hashes[from];
        uint256 half = _split(size);
        bytes32 left = root(hashes, from, half);
        bytes32 right = root(hashes, from + half, size - half);
        return sha256(abi.encodePacked(uint8(1), left, right));
    }

    function path(
        bytes32[] memory hashes,
        uint256 index
    ) internal pure returns (bytes32[] memory siblings) {
        (uint256 from, uint256 size, uint256 depth) = (0, hashes.length, 0);
        bytes32[64] memory down;
        while (size > 1) {
            uint256 half = _split(size);
            if (index - from < half) {
                down[depth++] = root(hashes, from + half, size - half);
                size = half;
            } else {
                down[depth++] = root(hashes, from, half);
                from += half;
                size -= half;
            }
        }
        siblings = new bytes32[](depth);
        for (uint256 i = 0; i < depth; ++i) siblings[i] = down[depth - 1 - i];
    }

    /// @dev The verification loop as §2.1.3.2 has it, step by step.
    function verify(
        bytes32 hash,
        uint256 index,
        uint256 size,
        bytes32[] memory siblings
    ) internal pure returns (bool fits, bytes32 r) {
        if (index >= size) return (false, 0);
        (uint256 fn, uint256 sn) = (index, size - 1);
        r = hash;
        for (uint256 i = 0; i < siblings.length; ++i) {
            if (sn == 0) return (false, 0);
            if (fn & 1 == 1 || fn == sn) {
                r = sha256(abi.encodePacked(uint8(1), siblings[i], r));
                while (fn & 1 == 0 && fn != 0) (fn, sn) = (fn >> 1, sn >> 1);
            } else {
                r = sha256(abi.encodePacked(uint8(1), r, siblings[i]));
            }
            (fn, sn) = (fn >> 1, sn >> 1);
        }
        fits = sn == 0;
    }

    function _split(uint256 size) private pure returns (uint256 half) {
        half = 1;
        while (half * 2 < size) half *= 2;
    }
}
