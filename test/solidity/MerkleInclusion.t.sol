// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerkleInclusion} from "../../contracts/trees/MerkleInclusion.sol";
import {Keys} from "./support/Keys.sol";
import {Trees} from "./support/Trees.sol";

/// @notice Numbers are those of docs/properties/ReadingLog.md.
contract MerkleInclusionTest is Keys {
    function rootOf(
        bytes32 leafHash,
        uint64 index,
        uint64 size,
        bytes32[] calldata path
    ) external view returns (bool, bytes32) {
        return MerkleInclusion.rootOf(leafHash, index, size, path);
    }

    function testFuzz_7_every_leaf_of_every_tree_leads_to_its_root(
        uint8 size,
        uint8 index,
        bytes32 seed
    ) public view {
        bytes32[] memory hashes = new bytes32[](_bound(size, 1, 70));
        for (uint256 i = 0; i < hashes.length; ++i) hashes[i] = keccak256(abi.encode(seed, i));
        uint64 place = uint64(_bound(index, 0, hashes.length - 1));
        (bool fits, bytes32 root) = this.rootOf(
            hashes[place],
            place,
            uint64(hashes.length),
            Trees.path(hashes, place)
        );
        vm.assertTrue(fits, "fits");
        vm.assertEq(root, Trees.root(hashes), "root");
    }

    function testFuzz_8_agrees_with_the_loop_of_rfc_9162_on_any_input(
        bytes32 leafHash,
        uint64 index,
        uint64 size,
        bytes32[] calldata path,
        uint8 small
    ) public view {
        // Half the runs in small trees, where a path of a few siblings may fit.
        if (small % 2 == 0) (index, size) = (index % 40, size % 40);
        (bool fits, bytes32 root) = this.rootOf(leafHash, index, size, path);
        (bool expected, bytes32 expectedRoot) = Trees.verify(leafHash, index, size, path);
        vm.assertTrue(fits == expected, "fits");
        if (fits) vm.assertEq(root, expectedRoot, "root");
    }

    function test_8_fits_exactly_one_path_length_for_each_leaf_of_each_small_tree() public view {
        for (uint64 size = 0; size <= 18; ++size) {
            for (uint64 index = 0; index <= size; ++index) {
                for (uint256 length = 0; length <= 6; ++length) {
                    bytes32[] memory path = new bytes32[](length);
                    (bool fits, bytes32 root) = this.rootOf(bytes32(uint256(1)), index, size, path);
                    (bool expected, bytes32 expectedRoot) = Trees.verify(
                        bytes32(uint256(1)),
                        index,
                        size,
                        path
                    );
                    vm.assertTrue(fits == expected, "fits");
                    if (fits) vm.assertEq(root, expectedRoot, "root");
                }
            }
        }
    }

    function test_8_the_largest_tree_there_can_be_is_walked() public view {
        uint64 size = type(uint64).max;
        bytes32[] memory path = new bytes32[](64);
        (bool fits, bytes32 root) = this.rootOf(0, size - 2, size, path);
        (bool expected, bytes32 expectedRoot) = Trees.verify(0, size - 2, size, path);
        vm.assertTrue(fits == expected, "fits");
        if (fits) vm.assertEq(root, expectedRoot, "root");
    }
}
