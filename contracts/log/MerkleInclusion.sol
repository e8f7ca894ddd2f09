// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Inclusion proofs of RFC 9162 §2.1.3.2 over SHA-256
library MerkleInclusion {
    /// @notice The root that `path` leads to from the leaf hash at `index` of a tree of `size` leaves.
    /// @return fits Whether index and size agree with the length of the path; the root means nothing otherwise
    function rootOf(
        bytes32 leafHash,
        uint64 index,
        uint64 size,
        bytes32[] calldata path
    ) internal view returns (bool fits, bytes32 root) {
        if (index >= size) return (false, 0);
        uint256 fn = index;
        uint256 sn = size - 1;
        root = leafHash;
        for (uint256 i = 0; i < path.length; ++i) {
            if (sn == 0) return (false, 0);
            if (fn & 1 == 1 || fn == sn) {
                root = _node(path[i], root);
                while (fn & 1 == 0 && fn != 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                root = _node(root, path[i]);
            }
            fn >>= 1;
            sn >>= 1;
        }
        fits = sn == 0;
    }

    /// @dev SHA-256 of 0x01 ‖ left ‖ right, without moving the free memory pointer.
    function _node(bytes32 left, bytes32 right) private view returns (bytes32 hash) {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, 1)
            mstore(add(buffer, 0x20), left)
            mstore(add(buffer, 0x40), right)
            // Fails for lack of gas only.
            if iszero(staticcall(gas(), 2, add(buffer, 31), 65, 0, 0x20)) {
                revert(0, 0)
            }
            hash := mload(0)
        }
    }
}
