// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReadingLog} from "../../contracts/interfaces/IReadingLog.sol";
import {LogTest} from "./support/LogTest.sol";

/// @notice Sealing. Numbers are those of docs/properties/ReadingLog.md.
contract ReadingLogTest is LogTest {
    uint256[] private _secrets;

    function setUp() public {
        vm.warp(1_700_000_000);
        vm.roll(1000);
        _secrets = _open(4, 3);
    }

    function testFuzz_1_only_the_next_index_is_sealed(uint64 index) public {
        _seal(1, _secrets, keccak256("a"), 1);
        vm.assume(index != 1);
        IReadingLog.Candidate memory candidate = _candidate(1, keccak256("b"), 1);
        candidate.index = index;
        _refuse(
            candidate,
            7,
            abi.encodeWithSelector(IReadingLog.LogIndex.selector, index, uint64(1))
        );
    }

    function test_1_a_losing_candidate_for_a_sealed_index_reverts() public {
        IReadingLog.Candidate memory loser = _candidate(1, keccak256("loser"), 2);
        _seal(1, _secrets, keccak256("winner"), 1);
        _refuse(
            loser,
            7,
            abi.encodeWithSelector(IReadingLog.LogIndex.selector, uint64(0), uint64(1))
        );
    }

    function testFuzz_2_only_on_top_of_the_sealed_one(bytes32 previous) public {
        _seal(1, _secrets, keccak256("a"), 1);
        IReadingLog.Candidate memory candidate = _candidate(1, keccak256("b"), 1);
        bytes32 expected = candidate.previous;
        vm.assume(previous != expected);
        candidate.previous = previous;
        _refuse(
            candidate,
            7,
            abi.encodeWithSelector(IReadingLog.LogPrevious.selector, previous, expected)
        );
    }

    function testFuzz_2_the_commitment_binds_every_field(
        bytes32 root,
        uint64 size,
        uint32 later
    ) public {
        vm.assume(size != 0);
        vm.warp(block.timestamp + later);
        IReadingLog.Sealed memory checkpoint = _seal(1, _secrets, root, size);
        bytes memory packed = abi.encodePacked(
            root,
            size,
            checkpoint.sealedAt,
            checkpoint.epoch,
            uint32(15)
        );
        vm.assertEq(_log.commitmentOf(1, 0), keccak256(packed), "commitment");
        vm.assertEq(_log.log(1).lastSealedAt, block.timestamp, "lastSealedAt");
        vm.assertEq(_log.log(1).nextIndex, 1, "nextIndex");
    }

    function testFuzz_3_a_quorum_is_needed_and_is_enough(uint8 mask) public {
        mask %= 16;
        uint256 count = 0;
        for (uint256 i = 0; i < 4; ++i) count += (mask >> i) & 1;
        IReadingLog.Candidate memory candidate = _candidate(1, keccak256("a"), 1);
        if (count < 3) {
            _refuse(
                candidate,
                mask,
                abi.encodeWithSelector(IReadingLog.LogQuorum.selector, count, uint8(3))
            );
        } else {
            _append(candidate, mask);
            bytes32 commitment = keccak256(
                abi.encodePacked(
                    candidate.root,
                    candidate.size,
                    uint64(block.timestamp),
                    uint32(0),
                    uint32(mask)
                )
            );
            vm.assertEq(_log.commitmentOf(1, 0), commitment, "signers");
        }
    }

    function testFuzz_3_the_order_of_signatures_is_free(uint8 order) public {
        IReadingLog.Candidate memory candidate = _candidate(1, keccak256("a"), 1);
        IReadingLog.Compact[] memory signatures = _signatures(
            _checkpointHash(1, candidate),
            _secrets,
            7
        );
        (uint256 a, uint256 b) = (order % 3, (order / 3) % 3);
        (signatures[a], signatures[b]) = (signatures[b], signatures[a]);
        _log.append(1, candidate, signatures);
        vm.assertEq(_log.log(1).nextIndex, 1, "sealed");
    }

    function test_3_a_signer_counts_once() public {
        IReadingLog.Candidate memory candidate = _candidate(1, keccak256("a"), 1);
        IReadingLog.Compact[] memory signatures = _signatures(
            _checkpointHash(1, candidate),
            _secrets,
            7
        );
        signatures[2] = signatures[0];
        vm.expectRevert(
            abi.encodeWithSelector(IReadingLog.LogSignerTwice.selector, vm.addr(_secrets[0]))
        );
        _log.append(1, candidate, signatures);
    }

    function testFuzz_3_strangers_do_not_count(uint128 stranger) public {
        vm.assume(stranger != 0);
        IReadingLog.Candidate memory candidate = _candidate(1, keccak256("a"), 1);
        uint256[] memory secrets = new uint256[](3);
        (secrets[0], secrets[1], secrets[2]) = (_secrets[0], _secrets[1], stranger);
        IReadingLog.Compact[] memory signatures = _signatures(
            _checkpointHash(1, candidate),
            secrets,
            7
        );
        vm.expectRevert(abi.encodeWithSelector(IReadingLog.LogSigner.selector, vm.addr(stranger)));
        _log.append(1, candidate, signatures);
    }

    function testFuzz_3_garbage_signs_for_nobody(bytes32 r, bytes32 vs) public {
        IReadingLog.Candidate memory candidate = _candidate(1, keccak256("a"), 1);
        IReadingLog.Compact[] memory signatures = _signatures(
            _checkpointHash(1, candidate),
            _secrets,
            7
        );
        signatures[1] = IReadingLog.Compact(r, vs);
        (bool sealed_, ) = address(_log).call(
            abi.encodeCall(_log.append, (1, candidate, signatures))
        );
        vm.assertFalse(sealed_, "sealed");
        vm.assertEq(_log.log(1).nextIndex, 0, "nextIndex");
    }

    function testFuzz_3_a_signature_covers_every_field_of_the_candidate(
        uint8 field,
        uint256 seed
    ) public {
        IReadingLog.Candidate memory candidate = _candidate(1, keccak256("a"), 9);
        bytes32 signed = _checkpointHash(1, candidate);
        IReadingLog.Compact[] memory signatures = _signatures(signed, _secrets, 7);
        field %= 4;
        uint256 logId = 1;
        if (field == 0) candidate.root ^= bytes32(1 << (seed % 256));
        if (field == 1) candidate.size = uint64(_bound(seed, 10, type(uint64).max));
        if (field == 2) candidate.judgedBlock = uint64(_bound(seed, 0, 999));
        if (field == 3) {
            // The same committee on another log.
            _open(4, 3);
            logId = 2;
        }
        vm.expectPartialRevert(IReadingLog.LogSigner.selector);
        _log.append(logId, candidate, signatures);
    }

    function testFuzz_4_no_block_of_the_future_was_judged(uint64 judgedBlock) public {
        IReadingLog.Candidate memory candidate = _candidate(1, keccak256("a"), 1);
        candidate.judgedBlock = judgedBlock;
        if (judgedBlock > block.number) {
            _refuse(
                candidate,
                7,
                abi.encodeWithSelector(IReadingLog.LogJudgedBlock.selector, judgedBlock)
            );
        } else {
            _append(candidate, 7);
        }
    }

    function test_4_an_empty_checkpoint_is_refused() public {
        _refuse(
            _candidate(1, keccak256("a"), 0),
            7,
            abi.encodeWithSelector(IReadingLog.LogEmptyCheckpoint.selector)
        );
    }

    function testFuzz_11_unknown_logs_prove_nothing_and_take_nothing(uint256 logId) public {
        vm.assume(logId != 1);
        IReadingLog.Candidate memory candidate;
        candidate.size = 1;
        vm.expectRevert(abi.encodeWithSelector(IReadingLog.LogUnknown.selector, logId));
        _log.append(logId, candidate, new IReadingLog.Compact[](0));
        IReadingLog.Proof memory proof;
        proof.checkpoint.size = 1;
        proof.reading.records = 1;
        vm.assertFalse(_log.verify(logId, proof), "proof");
        vm.assertEq(_log.commitmentOf(logId, 0), bytes32(0), "commitment");
    }

    function _append(IReadingLog.Candidate memory candidate, uint256 mask) private {
        bytes32 hash = _checkpointHash(1, candidate);
        _log.append(1, candidate, _signatures(hash, _secrets, mask));
    }

    function _refuse(
        IReadingLog.Candidate memory candidate,
        uint256 mask,
        bytes memory reason
    ) private {
        bytes32 hash = _checkpointHash(1, candidate);
        IReadingLog.Compact[] memory signatures = _signatures(hash, _secrets, mask);
        vm.expectRevert(reason);
        _log.append(1, candidate, signatures);
    }
}
