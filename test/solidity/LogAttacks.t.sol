// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReadingConsumer} from "../../contracts/examples/ReadingConsumer.sol";
import {IReadingLog} from "../../contracts/interfaces/IReadingLog.sol";
import {Key} from "./support/Keys.sol";
import {LogTest} from "./support/LogTest.sol";
import {Trees} from "./support/Trees.sol";

/// @notice What attackers try. Numbers are those of docs/properties/ReadingLog.md.
contract LogAttacksTest is LogTest {
    uint256 private constant NEXT = 0xf1e1d5ea1f1e1d5ea1f1e1d5ea1;
    uint256 private constant START = 1_700_000_000;

    uint256[] private _secrets;

    function setUp() public {
        vm.warp(START);
        vm.roll(1000);
        _secrets = _open(4, 3);
    }

    function test_3_31_members_fit_and_none_of_them_counts_twice() public {
        uint256[] memory secrets = _open(31, 21);
        IReadingLog.Candidate memory candidate = _candidate(2, keccak256("a"), 1);
        bytes32 hash = _checkpointHash(2, candidate);
        IReadingLog.Compact[] memory all = _signatures(hash, secrets, type(uint256).max);
        IReadingLog.Compact[] memory more = new IReadingLog.Compact[](32);
        for (uint256 i = 0; i < 31; ++i) more[i] = all[i];
        more[31] = all[30];
        vm.expectRevert(
            abi.encodeWithSelector(IReadingLog.LogSignerTwice.selector, vm.addr(secrets[30]))
        );
        _log.append(2, candidate, more);
        _log.append(2, candidate, all);
        bytes32 commitment = keccak256(
            abi.encodePacked(
                candidate.root,
                uint64(1),
                uint64(block.timestamp),
                uint32(0),
                uint32(0x7fffffff)
            )
        );
        vm.assertEq(_log.commitmentOf(2, 0), commitment, "all 31 bits");
    }

    function testFuzz_3_the_other_s_of_a_signature_is_no_second_member(uint8 place) public {
        IReadingLog.Candidate memory candidate = _candidate(1, keccak256("a"), 1);
        bytes32 hash = _checkpointHash(1, candidate);
        IReadingLog.Compact[] memory signatures = _signatures(hash, _secrets, 7);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_secrets[place % 2], _digest(hash));
        // With the other parity, (r, n - s) would recover to the same member.
        signatures[2] = IReadingLog.Compact(r, _vs(v ^ 7, bytes32(SECP256K1_N - uint256(s))));
        (bool sealed_, ) = address(_log).call(
            abi.encodeCall(_log.append, (1, candidate, signatures))
        );
        vm.assertFalse(sealed_, "sealed");
    }

    function test_6_an_owners_announcement_does_not_outlive_the_logs_revival() public {
        (address[] memory operators, ) = _operators(1, 2);
        vm.warp(START + 7 days);
        _log.announceCommitteeByOwner(1, operators, 1);
        vm.warp(START + 8 days);
        _seal(1, _secrets, keccak256("back"), 1);
        (address[] memory announced, , bool byOwner, uint64 due) = _log.announcedCommittee(1);
        vm.assertEq(announced.length, 0, "nothing announced");
        vm.assertFalse(byOwner, "by nobody");
        vm.assertEq(due, 0, "never");
        // Dead once more, a year later: the old word is none, and a new one takes its time.
        vm.warp(START + 365 days);
        vm.expectRevert(abi.encodeWithSelector(IReadingLog.LogNothingAnnounced.selector, 1));
        _log.activateCommittee(1);
        _log.announceCommitteeByOwner(1, operators, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IReadingLog.LogTooEarly.selector, uint64(START + 367 days))
        );
        _log.activateCommittee(1);
        vm.warp(START + 367 days);
        _log.activateCommittee(1);
        vm.assertEq(_log.memberOf(1, 1, operators[0]), 1, "the new word");
    }

    function test_6_a_quorums_useless_committee_locks_no_log() public {
        // Announced before death, of operators that nobody is.
        address[] memory operators = new address[](1);
        operators[0] = address(1);
        bytes32 hash = _changeHash(1, 1, operators, 1);
        _log.announceCommittee(1, operators, 1, _signatures(hash, _secrets, 7));
        vm.warp(START + 30 days);
        vm.assertTrue(_log.isDead(1), "dead");
        vm.prank(address(0xCAFE));
        _log.activateCommittee(1);
        vm.warp(START + 37 days);
        uint256[] memory next;
        (operators, next) = _operators(3, 9);
        _log.announceCommitteeByOwner(1, operators, 2);
        vm.warp(START + 39 days);
        _log.activateCommittee(1);
        _seal(1, next, keccak256("a"), 1);
        vm.assertEq(_log.log(1).nextIndex, 1, "sealed");
    }

    function testFuzz_6_a_change_is_for_one_log_and_one_chain(bool fork) public {
        (address[] memory operators, ) = _operators(4, 2);
        bytes32 hash = _changeHash(1, 1, operators, 3);
        IReadingLog.Compact[] memory word = _signatures(hash, _secrets, 7);
        if (fork) vm.chainId(block.chainid + 1);
        else _open(4, 3);
        vm.expectPartialRevert(IReadingLog.LogSigner.selector);
        _log.announceCommittee(fork ? 1 : 2, operators, 3, word);
    }

    function testFuzz_6_a_change_binds_operators_and_threshold(bool members) public {
        (address[] memory operators, ) = _operators(4, 2);
        bytes32 hash = _changeHash(1, 1, operators, 3);
        IReadingLog.Compact[] memory word = _signatures(hash, _secrets, 7);
        if (members) (operators, ) = _operators(4, 3);
        vm.expectPartialRevert(IReadingLog.LogSigner.selector);
        _log.announceCommittee(1, operators, members ? 3 : 4, word);
    }

    function testFuzz_3_a_checkpoint_is_for_one_chain(uint8 mask) public {
        IReadingLog.Candidate memory candidate = _candidate(1, keccak256("a"), 1);
        bytes32 hash = _checkpointHash(1, candidate);
        IReadingLog.Compact[] memory signatures = _signatures(hash, _secrets, 7 | mask);
        vm.chainId(block.chainid + 1);
        vm.expectPartialRevert(IReadingLog.LogSigner.selector);
        _log.append(1, candidate, signatures);
    }

    function testFuzz_8_no_inner_node_passes_for_a_leaf(uint8 count, uint256 seed) public {
        // The root of two leaves, shown as the leaf of a smaller tree: what two leaves' hashes say as a message.
        Sent[] memory sent = _messages(_bound(count, 2, 16), seed);
        bytes32[] memory leaves = _leaves(sent);
        IReadingLog.Sealed memory checkpoint = _seal(
            1,
            _secrets,
            Trees.root(leaves),
            uint64(sent.length)
        );
        IReadingLog.Absence memory absence;
        absence.checkpoint = checkpoint;
        absence.neighbours = new IReadingLog.Neighbour[](1);
        IReadingLog.Neighbour memory node = absence.neighbours[0];
        node.device = address(bytes20(leaves[0]));
        node.keyIndex = uint32(uint256(leaves[0]) >> 64);
        node.sequence = uint64(uint256(leaves[0]));
        node.messageRoot = leaves[1];
        bytes32[] memory path = Trees.path(leaves, 0);
        node.path = new bytes32[](path.length - 1);
        for (uint256 i = 1; i < path.length; ++i) node.path[i - 1] = path[i];
        for (uint64 size = 0; size <= sent.length; ++size) {
            absence.checkpoint.size = size;
            vm.assertFalse(_log.verifyNotIn(1, absence), "inner node");
        }
    }

    function testFuzz_8_a_message_tree_does_not_continue_the_checkpoints(uint256 seed) public {
        // The checkpoint's leaf as if it were a node above the reading: one long path instead of two.
        Sent[] memory sent = new Sent[](1);
        sent[0] = _message(address(0xD), 0, 1, 4, seed);
        IReadingLog.Sealed memory checkpoint = _seal(1, _secrets, Trees.root(_leaves(sent)), 1);
        IReadingLog.Proof memory proof = _proof(checkpoint, sent, 0, 2);
        vm.assertTrue(_log.verify(1, proof), "as it is");
        proof.message.path = new bytes32[](1);
        vm.assertFalse(_log.verify(1, proof), "a sibling too many");
        proof.message.path = proof.reading.path;
        proof.reading.path = new bytes32[](0);
        proof.reading.records = 1;
        vm.assertFalse(_log.verify(1, proof), "siblings in the other path");
    }

    function testFuzz_10_numbers_at_their_ends_show_nothing_absent(
        uint256 seed,
        uint8 place
    ) public {
        Sent[] memory sent = _messages(4, seed);
        bytes32[] memory leaves = _leaves(sent);
        IReadingLog.Absence memory absence;
        absence.checkpoint = _seal(1, _secrets, Trees.root(leaves), 4);
        (absence.device, absence.sequence) = (sent[3].device, sent[3].sequence);
        absence.neighbours = new IReadingLog.Neighbour[](place % 2 == 0 ? 1 : 2);
        for (uint256 i = 0; i < absence.neighbours.length; ++i) {
            IReadingLog.Neighbour memory neighbour = absence.neighbours[i];
            Sent memory far = sent[i == 0 ? 2 : 0];
            (neighbour.device, neighbour.sequence) = (far.device, far.sequence);
            neighbour.messageRoot = far.messageRoot;
            neighbour.index = i == 0 ? type(uint64).max : 0;
            neighbour.path = Trees.path(leaves, i == 0 ? 2 : 0);
        }
        vm.assertFalse(_log.verifyNotIn(1, absence), "index");
        absence.checkpoint.size = 0;
        vm.assertFalse(_log.verifyNotIn(1, absence), "size 0");
        absence.checkpoint.index = type(uint64).max;
        vm.assertFalse(_log.verifyNotIn(1, absence), "no checkpoint");
    }

    function testFuzz_9_a_key_speaks_under_its_own_index_only(uint256 seed, uint8 attack) public {
        Key memory key = _key(_keyType(seed), seed >> 2);
        Key memory next = _key(_keyType(seed >> 1), NEXT);
        _enrol(key, _owner, 1);
        attack %= 4;
        // 0: the next key before it is one. 1: the old key under its successor's index. 2: the new key under the old
        // one's. 3: the new key under an index to come.
        if (attack != 0) _rotate(key, key.id, next);
        uint32 keyIndex =
            attack == 2
                ? 0
                : attack == 3
                    ? 2
                    : 1;
        Sent[] memory sent = new Sent[](1);
        sent[0] = _message(key.id, keyIndex, 1, 2, seed);
        IReadingLog.Sealed memory checkpoint = _seal(1, _secrets, Trees.root(_leaves(sent)), 1);
        IReadingLog.Proof memory proof = _proof(checkpoint, sent, 0, 1);
        IReadingLog.DeviceSignature memory word = _word(attack == 1 ? key : next, sent[0]);
        vm.assertTrue(_log.verify(1, proof), "sealed");
        vm.assertFalse(_log.verifySigned(1, proof, word), "another index");
        if (attack == 0) {
            _rotate(key, key.id, next);
            vm.assertTrue(_log.verifySigned(1, proof, word), "once it is the key");
        }
    }

    function testFuzz_9_what_is_sealed_outlives_suspension_rotation_sale_and_retirement(
        uint256 seed
    ) public {
        Key memory key = _key(_keyType(seed), seed >> 2);
        _enrol(key, _owner, 1);
        Sent[] memory sent = new Sent[](1);
        sent[0] = _message(key.id, 0, 1, 2, seed);
        IReadingLog.Sealed memory checkpoint = _seal(1, _secrets, Trees.root(_leaves(sent)), 1);
        IReadingLog.Proof memory proof = _proof(checkpoint, sent, 0, 1);
        IReadingLog.DeviceSignature memory word = _word(key, sent[0]);
        vm.prank(_owner);
        _registry.suspend(key.id);
        vm.assertTrue(_log.verifySigned(1, proof, word), "suspended");
        Key memory next = _key(2, NEXT);
        _rotate(key, key.id, next);
        vm.assertTrue(_log.verifySigned(1, proof, word), "rotated");
        _transfer(next, key.id, _buyer);
        vm.assertTrue(_log.verifySigned(1, proof, word), "sold");
        vm.prank(_buyer);
        _registry.retire(key.id);
        vm.assertTrue(_log.verifySigned(1, proof, word), "retired");
    }

    function test_7_a_message_of_65_records_or_of_an_unknown_kind_has_no_readings() public {
        Sent[] memory sent = new Sent[](1);
        for (uint256 records = 64; records <= 65; ++records) {
            sent[0] = _message(address(0xD), 0, 1, records, 4);
            IReadingLog.Sealed memory checkpoint = _seal(1, _secrets, Trees.root(_leaves(sent)), 1);
            IReadingLog.Proof memory proof = _proof(checkpoint, sent, 0, 3);
            vm.assertTrue(_log.verify(1, proof) == (records == 64), "records");
        }
        sent[0] = _message(address(0xD), 0, 1, 1, 4);
        for (uint8 kind = 3; kind <= 4; ++kind) {
            sent[0].readings[0].kind = kind;
            vm.assertTrue(_log.verify(1, _sealOne(sent)) == (kind == 3), "kind");
        }
    }

    function testFuzz_7_a_consumer_is_not_shut_out_by_a_reading_of_the_future(uint64 ahead) public {
        Sent[] memory sent = new Sent[](1);
        sent[0] = _message(address(0xD), 0, 1, 1, 4);
        IReadingLog.Reading memory reading = sent[0].readings[0];
        (reading.kind, reading.value) = (0, 21e18);
        reading.time = uint64(_bound(ahead, (START + 600) * 1000 + 1, type(uint64).max));
        ReadingConsumer consumer = new ReadingConsumer(_log, 1, address(0xD), "temperature/Cel");
        IReadingLog.Proof memory proof = _sealOne(sent);
        vm.expectRevert(
            abi.encodeWithSelector(
                ReadingConsumer.ReadingAhead.selector,
                reading.time,
                uint64(START)
            )
        );
        consumer.take(proof);
        reading.time = uint64(START + 600) * 1000;
        proof = _sealOne(sent);
        consumer.take(proof);
        vm.assertTrue(consumer.value() == 21e18, "value");
        vm.expectRevert(
            abi.encodeWithSelector(
                ReadingConsumer.ReadingNotNewer.selector,
                reading.time,
                reading.time
            )
        );
        consumer.take(proof);
        ++reading.time;
        reading.kind = 2;
        vm.warp(START + 1);
        proof = _sealOne(sent);
        vm.expectRevert(abi.encodeWithSelector(ReadingConsumer.ReadingNoNumber.selector, uint8(2)));
        consumer.take(proof);
    }

    function _sealOne(Sent[] memory sent) private returns (IReadingLog.Proof memory proof) {
        IReadingLog.Reading memory reading = sent[0].readings[0];
        sent[0].messageRoot = Trees.leaf(
            abi.encodePacked(
                reading.kind,
                reading.record,
                reading.time,
                reading.metric,
                reading.value,
                reading.salt
            )
        );
        IReadingLog.Sealed memory checkpoint = _seal(1, _secrets, Trees.root(_leaves(sent)), 1);
        return _proof(checkpoint, sent, 0, 0);
    }
}
