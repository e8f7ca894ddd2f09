// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReadingLog} from "../../contracts/interfaces/IReadingLog.sol";
import {Key} from "./support/Keys.sol";
import {LogTest} from "./support/LogTest.sol";
import {Trees} from "./support/Trees.sol";

/// @notice What proofs prove. Numbers are those of docs/properties/ReadingLog.md.
contract ReadingLogProofsTest is LogTest {
    uint256 private constant NEXT = 0xf1e1d5ea1f1e1d5ea1f1e1d5ea1;

    uint256[] private _secrets;

    function setUp() public {
        _secrets = _open(4, 3);
        vm.warp(1_700_000_000);
        _seal(1, _secrets, keccak256("an earlier checkpoint"), 5);
    }

    function testFuzz_7_every_sealed_reading_verifies(
        uint8 count,
        uint8 index,
        uint8 record,
        uint256 seed
    ) public {
        (IReadingLog.Proof memory proof, ) = _sealed(count, index, record, seed);
        vm.assertTrue(_log.verify(1, proof), "sealed");
        vm.assertFalse(_log.verify(2, proof), "another log");
    }

    function testFuzz_7_no_changed_reading_verifies(
        uint8 count,
        uint8 index,
        uint8 record,
        uint256 seed,
        uint8 place
    ) public {
        (IReadingLog.Proof memory proof, ) = _sealed(count, index, record, seed);
        _change(proof, place % 17, seed >> 128);
        vm.assertFalse(_log.verify(1, proof), "changed");
    }

    function testFuzz_8_no_path_but_the_exact_one_verifies(
        uint8 count,
        uint8 index,
        uint256 seed,
        uint8 change
    ) public {
        (IReadingLog.Proof memory proof, ) = _sealed(count, index, 0, seed);
        bytes32[] memory path = proof.message.path;
        uint256 length = change % 2 == 0 ? path.length + 1 : path.length;
        if (change % 2 == 1 && length != 0) --length;
        vm.assume(length != path.length);
        proof.message.path = new bytes32[](length);
        for (uint256 i = 0; i < length && i < path.length; ++i) proof.message.path[i] = path[i];
        vm.assertFalse(_log.verify(1, proof), "length");
    }

    function testFuzz_9_what_the_device_signed_verifies_signed(
        uint8 count,
        uint8 index,
        uint256 seed,
        bool rotated
    ) public {
        Key memory key = _key(_keyType(seed), seed >> 2);
        _enrol(key, _owner, 1);
        address device = key.id;
        uint32 keyIndex = 0;
        if (rotated) {
            Key memory next = _key(_keyType(seed >> 1), NEXT);
            _rotate(key, device, next);
            (key, keyIndex) = (next, 1);
        }
        (IReadingLog.Proof memory proof, Sent memory sent) = _sealedOf(
            device,
            keyIndex,
            count,
            index,
            seed
        );
        vm.assertTrue(_log.verifySigned(1, proof, _word(key, sent)), "signed");
    }

    function testFuzz_9_another_keys_word_does_not_count(
        uint8 count,
        uint8 index,
        uint256 seed,
        uint8 attack
    ) public {
        Key memory key = _key(_keyType(seed), seed >> 2);
        Key memory next = _key(_keyType(seed >> 1), NEXT);
        attack %= 7;
        _enrol(key, _owner, 1);
        address device = key.id;
        _rotate(key, device, next);
        // A message under key index 1, or under one that there never was.
        uint32 keyIndex = attack == 5 ? 2 : 1;
        (IReadingLog.Proof memory proof, Sent memory sent) = _sealedOf(
            device,
            keyIndex,
            count,
            index,
            seed
        );
        IReadingLog.DeviceSignature memory word = _word(next, sent);
        if (attack == 0) word = _word(key, sent);
        if (attack == 1) word.signature = _word(key, sent).signature;
        if (attack == 2) word.key.keyType = 3;
        if (attack == 3) word.signature.r ^= bytes32(uint256(1));
        if (attack == 4) {
            sent.sequence ^= 1;
            word = _word(next, sent);
        }
        if (attack == 6) {
            sent.messageRoot ^= bytes32(uint256(1));
            word = _word(next, sent);
        }
        vm.assertTrue(_log.verify(1, proof), "sealed all the same");
        vm.assertFalse(_log.verifySigned(1, proof, word), "another word");
    }

    function testFuzz_9_a_committee_cannot_forge_a_devices_word(uint256 seed) public {
        Key memory key = _key(_keyType(seed), seed >> 2);
        _enrol(key, _owner, 1);
        Sent[] memory forged = new Sent[](1);
        forged[0] = _message(key.id, 0, 1, 1, seed);
        // What the device really signed was another message.
        Sent memory real = _message(key.id, 0, 1, 1, seed ^ 1);
        IReadingLog.Sealed memory checkpoint = _seal(1, _secrets, Trees.root(_leaves(forged)), 1);
        IReadingLog.Proof memory proof = _proof(checkpoint, forged, 0, 0);
        vm.assertTrue(_log.verify(1, proof), "the committee's word");
        vm.assertFalse(_log.verifySigned(1, proof, _word(key, real)), "not the device's");
    }

    function testFuzz_9_a_word_for_another_chain_does_not_count(uint256 seed) public {
        Key memory key = _key(_keyType(seed), seed >> 2);
        _enrol(key, _owner, 1);
        (IReadingLog.Proof memory proof, Sent memory sent) = _sealedOf(key.id, 0, 3, 1, seed);
        IReadingLog.DeviceSignature memory word = _word(key, sent);
        vm.chainId(block.chainid + 1);
        vm.assertFalse(_log.verifySigned(1, proof, word), "signed before the fork");
        vm.assertTrue(_log.verifySigned(1, proof, _word(key, sent)), "signed after the fork");
    }

    function testFuzz_12_the_plural_forms_ask_for_every_one(uint8 count, uint256 seed) public {
        Key memory key = _key(_keyType(seed), seed >> 2);
        _enrol(key, _owner, 1);
        (IReadingLog.Proof memory proof, Sent memory sent) = _sealedOf(key.id, 0, count, 0, seed);
        IReadingLog.Proof[] memory proofs = new IReadingLog.Proof[](2);
        IReadingLog.DeviceSignature[] memory words = new IReadingLog.DeviceSignature[](2);
        (proofs[0], proofs[1]) = (proof, proof);
        words[0] = words[1] = _word(key, sent);
        vm.assertTrue(_log.verifyMany(1, proofs), "both");
        vm.assertTrue(_log.verifySignedMany(1, proofs, words), "both signed");
        words[1] = _word(_key(1, NEXT), sent);
        vm.assertFalse(_log.verifySignedMany(1, proofs, words), "one is not signed");
        vm.assertFalse(
            _log.verifySignedMany(1, proofs, new IReadingLog.DeviceSignature[](0)),
            "lengths differ"
        );
        proofs[1].checkpoint.index = 7;
        vm.assertFalse(_log.verifyMany(1, proofs), "one is not sealed");
        vm.assertFalse(_log.verifyMany(1, new IReadingLog.Proof[](0)), "nothing is proven");
        vm.assertFalse(
            _log.verifySignedMany(
                1,
                new IReadingLog.Proof[](0),
                new IReadingLog.DeviceSignature[](0)
            ),
            "nothing is proven signed"
        );
        vm.assertFalse(_log.verifyNotInMany(1, new IReadingLog.Absence[](0)), "nothing absent");
    }

    function _sealed(
        uint8 count,
        uint8 index,
        uint8 record,
        uint256 seed
    ) private returns (IReadingLog.Proof memory proof, Sent memory message) {
        Sent[] memory sent = _messages(_bound(count, 1, 20), seed);
        IReadingLog.Sealed memory checkpoint = _seal(
            1,
            _secrets,
            Trees.root(_leaves(sent)),
            uint64(sent.length)
        );
        uint256 place = _bound(index, 0, sent.length - 1);
        message = sent[place];
        proof = _proof(checkpoint, sent, place, _bound(record, 0, message.readings.length - 1));
    }

    /// @dev The message at `index` is of `device`; order does not matter here.
    function _sealedOf(
        address device,
        uint32 keyIndex,
        uint8 count,
        uint8 index,
        uint256 seed
    ) private returns (IReadingLog.Proof memory proof, Sent memory message) {
        Sent[] memory sent = _messages(_bound(count, 1, 9), seed);
        uint256 place = _bound(index, 0, sent.length - 1);
        sent[place] = message = _message(device, keyIndex, uint64(seed), 1 + (seed % 8), seed);
        IReadingLog.Sealed memory checkpoint = _seal(
            1,
            _secrets,
            Trees.root(_leaves(sent)),
            uint64(sent.length)
        );
        proof = _proof(checkpoint, sent, place, 0);
    }

    function _change(IReadingLog.Proof memory proof, uint8 place, uint256 seed) private pure {
        IReadingLog.Message memory message = proof.message;
        IReadingLog.Reading memory reading = proof.reading;
        if (place == 0) proof.checkpoint.index ^= uint64(1 << (seed % 64));
        if (place == 1) proof.checkpoint.size ^= uint64(1 << (seed % 64));
        if (place == 2) proof.checkpoint.sealedAt ^= uint64(1 << (seed % 64));
        if (place == 3) proof.checkpoint.epoch ^= uint32(1 << (seed % 32));
        if (place == 4) proof.checkpoint.signers ^= uint32(1 << (seed % 32));
        if (place == 5)
            message.device = address(uint160(message.device) ^ uint160(1 << (seed % 160)));
        if (place == 6) message.keyIndex ^= uint32(1 << (seed % 32));
        if (place == 7) message.sequence ^= uint64(1 << (seed % 64));
        if (place == 8) message.index ^= uint64(1 << (seed % 64));
        if (place == 9) reading.kind ^= uint8(1 << (seed % 8));
        if (place == 10) reading.record ^= uint32(1 << (seed % 32));
        if (place == 11) reading.time ^= uint64(1 << (seed % 64));
        if (place == 12) reading.metric ^= bytes32(1 << (seed % 256));
        if (place == 13) reading.value ^= int256(1 << (seed % 256));
        if (place == 14) reading.salt ^= bytes32(1 << (seed % 256));
        if (place == 15) _flip(message.path, seed, reading);
        if (place == 16) _flip(reading.path, seed, reading);
    }

    /// @dev Where there is no sibling to change, the salt is changed instead.
    function _flip(
        bytes32[] memory path,
        uint256 seed,
        IReadingLog.Reading memory reading
    ) private pure {
        bytes32 flip = bytes32(1 << (seed % 256));
        if (path.length == 0) reading.salt ^= flip;
        else path[seed % path.length] ^= flip;
    }
}
