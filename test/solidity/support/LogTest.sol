// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReadingLog} from "../../../contracts/interfaces/IReadingLog.sol";
import {Signature} from "../../../contracts/interfaces/IKeyVerifiers.sol";
import {Key} from "./Keys.sol";
import {RegistryTest} from "./RegistryTest.sol";
import {Trees} from "./Trees.sol";

/// @title A log, its committee's signatures, and sealed messages, put together apart from the contract's own code
abstract contract LogTest is RegistryTest {
    bytes32 private constant DOMAIN = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant CHECKPOINT = keccak256(
        "Checkpoint(uint256 logId,uint64 index,bytes32 previous,uint32 epoch,bytes32 root,uint64 size,uint64 judgedBlock)"
    );
    bytes32 private constant CHANGE = keccak256(
        "CommitteeChange(uint256 logId,uint32 epoch,bytes32 operatorsHash,uint8 threshold)"
    );

    /// @notice A sealed message as the tests make it.
    struct Sent {
        address device;
        uint32 keyIndex;
        uint64 sequence;
        IReadingLog.Reading[] readings;
        bytes32 messageRoot;
    }

    IReadingLog internal _log = IReadingLog(
        _create("contracts/log/ReadingLog.sol:ReadingLog", abi.encode(address(_registry)))
    );

    /// @dev Secrets of `count` operators in the order of their addresses.
    function _operators(
        uint256 count,
        uint256 seed
    ) internal pure returns (address[] memory operators, uint256[] memory secrets) {
        operators = new address[](count);
        secrets = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 secret = uint256(keccak256(abi.encode(seed, i))) >> 8;
            address operator = vm.addr(secret);
            uint256 at_ = i;
            for (; at_ > 0 && operators[at_ - 1] > operator; --at_) {
                (operators[at_], secrets[at_]) = (operators[at_ - 1], secrets[at_ - 1]);
            }
            (operators[at_], secrets[at_]) = (operator, secret);
        }
    }

    function _open(uint256 members, uint8 threshold) internal returns (uint256[] memory secrets) {
        address[] memory operators;
        (operators, secrets) = _operators(members, 1);
        _log.open(false, 3600, operators, threshold);
    }

    function _candidate(
        uint256 logId,
        bytes32 root,
        uint64 size
    ) internal view returns (IReadingLog.Candidate memory candidate) {
        IReadingLog.Log memory log = _log.log(logId);
        candidate.index = log.nextIndex;
        if (log.nextIndex != 0) candidate.previous = _log.commitmentOf(logId, log.nextIndex - 1);
        candidate.epoch = log.epoch;
        candidate.root = root;
        candidate.size = size;
        candidate.judgedBlock = uint64(block.number);
    }

    /// @param mask Bit i: the i-th secret signs
    function _signatures(
        bytes32 structHash,
        uint256[] memory secrets,
        uint256 mask
    ) internal view returns (IReadingLog.Compact[] memory signatures) {
        uint256 count = 0;
        for (uint256 i = 0; i < secrets.length; ++i) if ((mask >> i) & 1 == 1) ++count;
        signatures = new IReadingLog.Compact[](count);
        bytes32 digest = _digest(structHash);
        count = 0;
        for (uint256 i = 0; i < secrets.length; ++i) {
            if ((mask >> i) & 1 == 0) continue;
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(secrets[i], digest);
            signatures[count++] = IReadingLog.Compact(r, _vs(v, s));
        }
    }

    function _vs(uint8 v, bytes32 s) internal pure returns (bytes32) {
        return bytes32((uint256(v - 27) << 255) | uint256(s));
    }

    function _seal(
        uint256 logId,
        uint256[] memory secrets,
        bytes32 root,
        uint64 size
    ) internal returns (IReadingLog.Sealed memory) {
        IReadingLog.Candidate memory candidate = _candidate(logId, root, size);
        bytes32 hash = _checkpointHash(logId, candidate);
        _log.append(logId, candidate, _signatures(hash, secrets, type(uint256).max));
        return
            IReadingLog.Sealed({
                index: candidate.index,
                size: size,
                sealedAt: uint64(block.timestamp),
                epoch: candidate.epoch,
                signers: uint32((uint256(1) << secrets.length) - 1)
            });
    }

    function _checkpointHash(
        uint256 logId,
        IReadingLog.Candidate memory candidate
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(CHECKPOINT, logId, candidate));
    }

    function _changeHash(
        uint256 logId,
        uint32 epoch,
        address[] memory operators,
        uint8 threshold
    ) internal pure returns (bytes32) {
        bytes memory packed;
        for (uint256 i = 0; i < operators.length; ++i) {
            packed = abi.encodePacked(packed, uint256(uint160(operators[i])));
        }
        return keccak256(abi.encode(CHANGE, logId, epoch, keccak256(packed), threshold));
    }

    function _digest(bytes32 structHash) internal view returns (bytes32) {
        bytes32 separator = keccak256(
            abi.encode(
                DOMAIN,
                keccak256("Fieldseal ReadingLog"),
                keccak256("1"),
                block.chainid,
                address(_log)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", separator, structHash));
    }

    /// @dev `count` messages with ascending identities and a few readings each.
    function _messages(uint256 count, uint256 seed) internal pure returns (Sent[] memory sent) {
        sent = new Sent[](count);
        uint160 device = uint160(_bound(seed, 1, type(uint128).max));
        for (uint256 i = 0; i < count; ++i) {
            if (i % 3 == 0) device += 2;
            uint256 records = 1 + ((seed >> (i % 64)) % 5);
            sent[i] = _message(address(device), 0, uint64(10 + 2 * i), records, i);
        }
    }

    function _message(
        address device,
        uint32 keyIndex,
        uint64 sequence,
        uint256 records,
        uint256 seed
    ) internal pure returns (Sent memory sent) {
        sent.device = device;
        sent.keyIndex = keyIndex;
        sent.sequence = sequence;
        sent.readings = new IReadingLog.Reading[](records);
        bytes32[] memory hashes = new bytes32[](records);
        for (uint256 i = 0; i < records; ++i) {
            IReadingLog.Reading memory reading = sent.readings[i];
            reading.kind = uint8(((seed % 4) + i) % 4);
            reading.record = uint32(i);
            reading.records = uint32(records);
            reading.time = uint64(uint256(keccak256(abi.encode(seed, i, "time"))));
            reading.metric = "temperature/Cel";
            reading.value = int256(uint256(keccak256(abi.encode(seed, i, "value"))));
            reading.salt = keccak256(abi.encode(seed, i, "salt"));
            hashes[i] = Trees.leaf(
                abi.encodePacked(
                    reading.kind,
                    reading.record,
                    reading.time,
                    reading.metric,
                    reading.value,
                    reading.salt
                )
            );
        }
        for (uint256 i = 0; i < records; ++i) sent.readings[i].path = Trees.path(hashes, i);
        sent.messageRoot = Trees.root(hashes);
    }

    function _leaves(Sent[] memory sent) internal pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](sent.length);
        for (uint256 i = 0; i < sent.length; ++i) {
            hashes[i] = Trees.leaf(
                abi.encodePacked(
                    sent[i].device,
                    sent[i].keyIndex,
                    sent[i].sequence,
                    sent[i].messageRoot
                )
            );
        }
    }

    function _proof(
        IReadingLog.Sealed memory checkpoint,
        Sent[] memory sent,
        uint256 index,
        uint256 record
    ) internal pure returns (IReadingLog.Proof memory proof) {
        proof.checkpoint = checkpoint;
        proof.message.device = sent[index].device;
        proof.message.keyIndex = sent[index].keyIndex;
        proof.message.sequence = sent[index].sequence;
        proof.message.index = uint64(index);
        proof.message.path = Trees.path(_leaves(sent), index);
        proof.reading = sent[index].readings[record];
    }

    function _word(
        Key memory key,
        Sent memory sent
    ) internal view returns (IReadingLog.DeviceSignature memory) {
        return IReadingLog.DeviceSignature(key.open, _sign(key, _sigDigest(key, sent)));
    }

    /// @dev SHA-256 of Sig_structure (RFC 9052 §4.4), put together item by item.
    function _sigDigest(Key memory key, Sent memory sent) internal view returns (bytes32) {
        bool p256 = key.open.keyType == 2;
        bytes memory protected = abi.encodePacked(
            hex"a401",
            p256 ? bytes(hex"26") : bytes(hex"382e"),
            hex"036b",
            "fieldseal/1",
            hex"0454",
            sent.device
        );
        protected = abi.encodePacked(protected, hex"3a000100004c", sent.keyIndex, sent.sequence);
        bytes memory head = abi.encodePacked(
            hex"846a",
            "Signature1",
            hex"58",
            uint8(protected.length),
            protected
        );
        bytes32 domain = keccak256(abi.encode("fieldseal/1", block.chainid, address(_registry)));
        return sha256(abi.encodePacked(head, hex"5820", domain, hex"5820", sent.messageRoot));
    }
}
