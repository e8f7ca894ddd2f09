// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Inclusion proofs of RFC 9162 §2.1.3 over SHA-256
library MerkleInclusion {
    /// @notice The root that `path` leads to from the leaf hash at `index` of a tree of `size` leaves.
    /// @dev §2.1.3.2 in two stretches. Up to the level where the leaf's branch meets the right border of the tree
    /// (while `index` and the last index differ), the bits of `index` say on which side a sibling stands; above it,
    /// each set bit is a sibling on the left and each other level has none.
    /// @return fits Whether index, size and the length of the path agree; the root means nothing otherwise
    function rootOf(
        bytes32 leafHash,
        uint64 index,
        uint64 size,
        bytes32[] calldata path
    ) internal view returns (bool fits, bytes32 root) {
        if (index >= size) return (false, 0);
        // In assembly: Solidity's own loop costs twice the hashing. 0x1f … 0x5f holds 0x01 ‖ left ‖ right, so the
        // free memory pointer at 0x40 is put back at the end. A path that is too short is read past its end, into
        // whatever calldata follows: at most 64 levels, and it does not fit.
        assembly ("memory-safe") {
            let freePointer := mload(0x40)
            mstore(0, 1)
            root := leafHash
            let sibling := path.offset
            for {
                let differing := xor(index, sub(size, 1))
            } differing {
                differing := shr(1, differing)
            } {
                let side := shl(5, and(index, 1))
                mstore(add(0x20, side), root)
                mstore(sub(0x40, side), calldataload(sibling))
                // SHA-256 fails for lack of gas only.
                if iszero(staticcall(gas(), 2, 0x1f, 65, 0x20, 0x20)) {
                    revert(0, 0)
                }
                root := mload(0x20)
                sibling := add(sibling, 0x20)
                index := shr(1, index)
            }
            for {} index {
                index := shr(1, index)
            } {
                if and(index, 1) {
                    mstore(0x20, calldataload(sibling))
                    mstore(0x40, root)
                    if iszero(staticcall(gas(), 2, 0x1f, 65, 0x20, 0x20)) {
                        revert(0, 0)
                    }
                    root := mload(0x20)
                    sibling := add(sibling, 0x20)
                }
            }
            mstore(0x40, freePointer)
            fits := eq(sibling, add(path.offset, shl(5, path.length)))
        }
    }
}
