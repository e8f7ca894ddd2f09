// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {BlockNumber} from "../identity/BlockNumber.sol";
import {DeviceKeys} from "../identity/DeviceKeys.sol";
import {MessageDomain} from "../identity/MessageDomain.sol";
import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";
import {P256Route, PublicKey} from "../interfaces/IKeyVerifiers.sol";
import {IReadingLog} from "../interfaces/IReadingLog.sol";
import {Committees} from "./Committees.sol";
import {ReadingProofs} from "./ReadingProofs.sol";
import {SigStructure} from "./SigStructure.sol";

/// @title Checkpoints over device-signed messages, sealed by committees
/// @dev No proxy, no admin. A log's owner can open it and, when it is dead, name a committee: nothing else.
contract ReadingLog is IReadingLog, EIP712 {
    /// @dev One slot: what sealing reads and writes.
    struct Head {
        uint32 epoch;
        uint8 threshold;
        uint8 members;
        uint64 nextIndex;
        uint40 lastSealedAt;
        uint40 aliveAt;
        uint32 graceSeconds;
        bool restricted;
    }

    struct Announcement {
        address[] operators;
        uint8 threshold;
        bool byOwner;
        uint40 effectiveAt;
    }

    struct LogState {
        Head head;
        address owner;
        mapping(uint64 index => bytes32) commitments;
        mapping(uint32 epoch => mapping(address operator => uint8)) members;
        Announcement announced;
    }

    /// @inheritdoc IReadingLog
    uint64 public constant COMMITTEE_DELAY = 2 days;

    /// @inheritdoc IReadingLog
    uint64 public constant LOG_DEATH = 7 days;

    /// @inheritdoc IReadingLog
    IDeviceRegistry public immutable registry;

    P256Route private immutable _p256Route;
    bool private immutable _arbitrum;

    uint256 private _lastLogId;
    mapping(uint256 logId => LogState) private _logs;

    constructor(IDeviceRegistry registry_) EIP712("Fieldseal ReadingLog", "1") {
        registry = registry_;
        _p256Route = registry_.p256Route();
        _arbitrum = BlockNumber.isArbitrum();
    }

    /// @inheritdoc IReadingLog
    function open(
        bool restricted,
        uint32 graceSeconds,
        address[] calldata operators,
        uint8 threshold
    ) external returns (uint256 logId) {
        Committees.check(operators, threshold);
        logId = ++_lastLogId;
        LogState storage state = _logs[logId];
        state.owner = msg.sender;
        state.head = Head({
            epoch: 0,
            threshold: threshold,
            members: uint8(operators.length),
            nextIndex: 0,
            lastSealedAt: 0,
            aliveAt: uint40(block.timestamp),
            graceSeconds: graceSeconds,
            restricted: restricted
        });
        mapping(address => uint8) storage members = state.members[0];
        for (uint256 i = 0; i < operators.length; ++i) members[operators[i]] = uint8(i + 1);
        emit LogOpened(logId, msg.sender, restricted, graceSeconds);
        emit CommitteeChanged(logId, 0, operators, threshold);
    }

    /// @inheritdoc IReadingLog
    function append(
        uint256 logId,
        Candidate calldata candidate,
        Compact[] calldata signatures
    ) external {
        LogState storage state = _logs[logId];
        Head memory head = _headOf(logId, state);
        uint64 index = candidate.index;
        if (index != head.nextIndex) revert LogIndex(index, head.nextIndex);
        if (candidate.epoch != head.epoch) revert LogEpoch(candidate.epoch, head.epoch);
        if (candidate.size == 0) revert LogEmptyCheckpoint();
        uint64 judgedBlock = candidate.judgedBlock;
        if (judgedBlock > BlockNumber.current(_arbitrum)) revert LogJudgedBlock(judgedBlock);
        bytes32 previous = index == 0 ? bytes32(0) : state.commitments[index - 1];
        if (candidate.previous != previous) revert LogPrevious(candidate.previous, previous);

        uint32 signers = Committees.signersOf(
            state.members[head.epoch],
            head.threshold,
            _hashTypedDataV4(Committees.hashCheckpoint(logId, candidate)),
            signatures
        );

        uint64 sealedAt = uint64(block.timestamp);
        head.nextIndex = index + 1;
        head.lastSealedAt = uint40(sealedAt);
        head.aliveAt = uint40(sealedAt);
        state.head = head;
        state.commitments[index] = ReadingProofs.commitmentOf(
            candidate.root,
            candidate.size,
            sealedAt,
            head.epoch,
            signers
        );
        emit CheckpointSealed(
            logId,
            index,
            candidate.root,
            candidate.size,
            sealedAt,
            head.epoch,
            signers,
            judgedBlock
        );
    }

    /// @inheritdoc IReadingLog
    function announceCommittee(
        uint256 logId,
        address[] calldata operators,
        uint8 threshold,
        Compact[] calldata signatures
    ) external {
        LogState storage state = _logs[logId];
        Head memory head = _headOf(logId, state);
        Announcement storage announced = state.announced;
        // Its signatures stay valid for the epoch: were it replaceable, replays could put it off forever.
        if (announced.effectiveAt != 0 && !announced.byOwner) {
            revert LogAlreadyAnnounced(logId, announced.effectiveAt);
        }
        bytes32 change = Committees.hashChange(logId, head.epoch + 1, operators, threshold);
        Committees.signersOf(
            state.members[head.epoch],
            head.threshold,
            _hashTypedDataV4(change),
            signatures
        );
        _announce(logId, state, head.epoch + 1, operators, threshold, false);
    }

    /// @inheritdoc IReadingLog
    function announceCommitteeByOwner(
        uint256 logId,
        address[] calldata operators,
        uint8 threshold
    ) external {
        LogState storage state = _logs[logId];
        Head memory head = _headOf(logId, state);
        if (state.owner != msg.sender) revert LogNotOwner(logId, msg.sender);
        _requireDead(logId, head);
        Announcement storage announced = state.announced;
        if (announced.effectiveAt != 0 && !announced.byOwner) {
            revert LogAlreadyAnnounced(logId, announced.effectiveAt);
        }
        _announce(logId, state, head.epoch + 1, operators, threshold, true);
    }

    /// @inheritdoc IReadingLog
    function activateCommittee(uint256 logId) external {
        LogState storage state = _logs[logId];
        Head memory head = _headOf(logId, state);
        Announcement memory announced = state.announced;
        if (announced.effectiveAt == 0) revert LogNothingAnnounced(logId);
        if (block.timestamp < announced.effectiveAt) revert LogTooEarly(announced.effectiveAt);
        // A log that came back to life meanwhile stays with its committee, even if it has died again.
        if (announced.byOwner) {
            _requireDead(logId, head);
            if (_isVoid(head, announced.effectiveAt)) revert LogNothingAnnounced(logId);
        }
        delete state.announced;

        ++head.epoch;
        head.threshold = announced.threshold;
        head.members = uint8(announced.operators.length);
        head.aliveAt = uint40(block.timestamp);
        state.head = head;
        mapping(address => uint8) storage members = state.members[head.epoch];
        for (uint256 i = 0; i < announced.operators.length; ++i) {
            members[announced.operators[i]] = uint8(i + 1);
        }
        emit CommitteeChanged(logId, head.epoch, announced.operators, announced.threshold);
    }

    /// @inheritdoc IReadingLog
    function log(uint256 logId) external view returns (Log memory) {
        LogState storage state = _logs[logId];
        Head memory head = _headOf(logId, state);
        return
            Log({
                owner: state.owner,
                restricted: head.restricted,
                epoch: head.epoch,
                threshold: head.threshold,
                members: head.members,
                nextIndex: head.nextIndex,
                lastSealedAt: head.lastSealedAt,
                graceSeconds: head.graceSeconds
            });
    }

    /// @inheritdoc IReadingLog
    function announcedCommittee(
        uint256 logId
    )
        external
        view
        returns (address[] memory operators, uint8 threshold, bool byOwner, uint64 effectiveAt)
    {
        Announcement storage announced = _logs[logId].announced;
        if (announced.byOwner && _isVoid(_logs[logId].head, announced.effectiveAt)) {
            return (new address[](0), 0, false, 0);
        }
        return (announced.operators, announced.threshold, announced.byOwner, announced.effectiveAt);
    }

    /// @inheritdoc IReadingLog
    function commitmentOf(uint256 logId, uint64 index) external view returns (bytes32) {
        return _logs[logId].commitments[index];
    }

    /// @inheritdoc IReadingLog
    function memberOf(uint256 logId, uint32 epoch, address operator) external view returns (uint8) {
        return _logs[logId].members[epoch][operator];
    }

    /// @inheritdoc IReadingLog
    function isDead(uint256 logId) external view returns (bool) {
        return block.timestamp >= _deadAt(_headOf(logId, _logs[logId]));
    }

    /// @inheritdoc IReadingLog
    function verify(uint256 logId, Proof calldata proof) external view returns (bool) {
        return _verify(logId, proof);
    }

    /// @inheritdoc IReadingLog
    function verifySigned(
        uint256 logId,
        Proof calldata proof,
        DeviceSignature calldata word
    ) external view returns (bool) {
        return _verifySigned(logId, proof, word);
    }

    /// @inheritdoc IReadingLog
    function verifyNotIn(uint256 logId, Absence calldata absence) external view returns (bool) {
        return _verifyNotIn(logId, absence);
    }

    /// @inheritdoc IReadingLog
    function verifyMany(uint256 logId, Proof[] calldata proofs) external view returns (bool) {
        for (uint256 i = 0; i < proofs.length; ++i) {
            if (!_verify(logId, proofs[i])) return false;
        }
        return proofs.length != 0;
    }

    /// @inheritdoc IReadingLog
    function verifySignedMany(
        uint256 logId,
        Proof[] calldata proofs,
        DeviceSignature[] calldata words
    ) external view returns (bool) {
        if (proofs.length != words.length) return false;
        for (uint256 i = 0; i < proofs.length; ++i) {
            if (!_verifySigned(logId, proofs[i], words[i])) return false;
        }
        return proofs.length != 0;
    }

    /// @inheritdoc IReadingLog
    function verifyNotInMany(
        uint256 logId,
        Absence[] calldata absences
    ) external view returns (bool) {
        for (uint256 i = 0; i < absences.length; ++i) {
            if (!_verifyNotIn(logId, absences[i])) return false;
        }
        return absences.length != 0;
    }

    function _announce(
        uint256 logId,
        LogState storage state,
        uint32 epoch,
        address[] calldata operators,
        uint8 threshold,
        bool byOwner
    ) private {
        Committees.check(operators, threshold);
        uint64 effectiveAt = uint64(block.timestamp) + COMMITTEE_DELAY;
        Announcement storage announced = state.announced;
        announced.operators = operators;
        announced.threshold = threshold;
        announced.byOwner = byOwner;
        announced.effectiveAt = uint40(effectiveAt);
        emit CommitteeAnnounced(logId, epoch, operators, threshold, effectiveAt);
    }

    function _verify(uint256 logId, Proof calldata proof) private view returns (bool) {
        (bool fits, , bytes32 commitment) = ReadingProofs.resolve(proof);
        return fits && commitment == _logs[logId].commitments[proof.checkpoint.index];
    }

    function _verifySigned(
        uint256 logId,
        Proof calldata proof,
        DeviceSignature calldata word
    ) private view returns (bool) {
        (bool fits, bytes32 messageRoot, bytes32 commitment) = ReadingProofs.resolve(proof);
        if (!fits || commitment != _logs[logId].commitments[proof.checkpoint.index]) return false;
        Message calldata message = proof.message;
        PublicKey calldata key = word.key;
        if (DeviceKeys.idOf(key) != _keyIdOf(message.device, message.keyIndex)) return false;
        bytes32 digest = SigStructure.digest(
            key.keyType == DeviceKeys.P256,
            message.device,
            message.keyIndex,
            message.sequence,
            MessageDomain.domainOf(address(registry)),
            messageRoot
        );
        return DeviceKeys.verify(_p256Route, key, digest, word.signature);
    }

    function _verifyNotIn(uint256 logId, Absence calldata absence) private view returns (bool) {
        (bool fits, bytes32 commitment) = ReadingProofs.resolveAbsence(absence);
        return fits && commitment == _logs[logId].commitments[absence.checkpoint.index];
    }

    /// @dev The id of key 0 is the device's own: no need to ask.
    function _keyIdOf(address device, uint32 keyIndex) private view returns (address) {
        return keyIndex == 0 ? device : registry.keyIdOf(device, keyIndex);
    }

    function _requireDead(uint256 logId, Head memory head) private view {
        uint64 deadAt = _deadAt(head);
        if (block.timestamp < deadAt) revert LogAlive(logId, deadAt);
    }

    function _headOf(
        uint256 logId,
        LogState storage state
    ) private view returns (Head memory head) {
        head = state.head;
        if (head.members == 0) revert LogUnknown(logId);
    }

    /// @dev Whether the log has lived since its owner, for it was dead, announced what takes effect at `effectiveAt`.
    function _isVoid(Head memory head, uint64 effectiveAt) private pure returns (bool) {
        return effectiveAt - COMMITTEE_DELAY < _deadAt(head);
    }

    function _deadAt(Head memory head) private pure returns (uint64) {
        return head.aliveAt + LOG_DEATH;
    }
}
