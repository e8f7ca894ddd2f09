// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DeviceKeys} from "../../contracts/identity/DeviceKeys.sol";
import {IReadingLog} from "../../contracts/interfaces/IReadingLog.sol";
import {P256Route} from "../../contracts/interfaces/IKeyVerifiers.sol";
import {MerkleInclusion} from "../../contracts/trees/MerkleInclusion.sol";
import {ReadingProofs} from "../../contracts/log/ReadingProofs.sol";
import {SigStructure} from "../../contracts/log/SigStructure.sol";
import {GoldenVectors} from "./GoldenVectors.sol";
import {Keys} from "./support/Keys.sol";

/// @dev The libraries read calldata.
contract GoldenHarness {
    function resolve(
        IReadingLog.Proof calldata proof
    ) external view returns (bool fits, bytes32 messageRoot, bytes32 commitment) {
        return ReadingProofs.resolve(proof);
    }

    function rootOf(
        bytes32 leafHash,
        uint64 index,
        uint64 size,
        bytes32[] calldata path
    ) external view returns (bool fits, bytes32 root) {
        return MerkleInclusion.rootOf(leafHash, index, size, path);
    }

    function isSigned(
        IReadingLog.DeviceSignature calldata word,
        bytes32 digest
    ) external view returns (bool) {
        return DeviceKeys.verify(P256Route.Standard, word.key, digest, word.signature);
    }

    function idOf(IReadingLog.DeviceSignature calldata word) external pure returns (address) {
        return DeviceKeys.idOf(word.key);
    }
}

/// @notice The SDK's golden vectors (sdk/vectors) hold in Solidity.
contract GoldenVectorsTest is Keys {
    GoldenHarness private immutable _harness = new GoldenHarness();

    function test_the_domain_is_that_of_chain_and_registry() public pure {
        address registry = address(GoldenVectors.REGISTRY);
        bytes32 domain = keccak256(abi.encode("fieldseal/1", GoldenVectors.CHAIN_ID, registry));
        vm.assertEq(domain, GoldenVectors.DOMAIN, "domain");
    }

    function test_every_proof_leads_to_its_message_root_and_commitment() public view {
        bytes[] memory proofs = GoldenVectors.proofs();
        for (uint256 i = 0; i < proofs.length; i++) {
            Golden memory golden = _decode(proofs[i]);
            (bool fits, bytes32 root, bytes32 commitment) = _harness.resolve(golden.proof);
            vm.assertTrue(fits, "fits");
            vm.assertEq(root, golden.messageRoot, "message root");
            vm.assertEq(commitment, golden.commitment, "commitment");
        }
    }

    function test_an_altered_reading_leads_elsewhere() public view {
        bytes[] memory proofs = GoldenVectors.proofs();
        for (uint256 i = 0; i < proofs.length; i++) {
            Golden memory golden = _decode(proofs[i]);
            golden.proof.reading.value ^= 1;
            (, bytes32 root, bytes32 commitment) = _harness.resolve(golden.proof);
            vm.assertTrue(root != golden.messageRoot, "message root");
            vm.assertTrue(commitment != golden.commitment, "commitment");
        }
    }

    function test_every_message_is_signed_by_its_device() public view {
        bytes[] memory proofs = GoldenVectors.proofs();
        for (uint256 i = 0; i < proofs.length; i++) {
            Golden memory golden = _decode(proofs[i]);
            IReadingLog.Message memory message = golden.proof.message;
            bytes32 digest = SigStructure.digest(
                golden.word.key.keyType == 2,
                message.device,
                message.keyIndex,
                message.sequence,
                GoldenVectors.DOMAIN,
                golden.messageRoot
            );
            vm.assertEq(digest, golden.digest, "digest");
            vm.assertEq(_harness.idOf(golden.word), message.device, "device id");
            vm.assertTrue(_harness.isSigned(golden.word, digest), "signature");
        }
    }

    function test_every_path_of_trees_of_1_to_17_leaves_leads_to_its_root() public view {
        bytes[] memory trees = GoldenVectors.trees();
        for (uint64 size = 1; size <= trees.length; size++) {
            (bytes32 root, bytes32[][] memory paths) = abi.decode(
                trees[size - 1],
                (bytes32, bytes32[][])
            );
            for (uint64 i = 0; i < size; i++) {
                bytes32 leafHash = sha256(abi.encodePacked(bytes1(0), uint32(i)));
                (bool fits, bytes32 found) = _harness.rootOf(leafHash, i, size, paths[i]);
                vm.assertTrue(fits, "fits");
                vm.assertEq(found, root, "root");
            }
        }
    }

    struct Golden {
        IReadingLog.Proof proof;
        IReadingLog.DeviceSignature word;
        bytes32 digest;
        bytes32 messageRoot;
        bytes32 commitment;
    }

    function _decode(bytes memory encoded) private pure returns (Golden memory golden) {
        (golden.proof, golden.word, golden.digest, golden.messageRoot, golden.commitment) = abi
            .decode(
                encoded,
                (IReadingLog.Proof, IReadingLog.DeviceSignature, bytes32, bytes32, bytes32)
            );
    }
}
