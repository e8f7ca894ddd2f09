// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceRegistry} from "./IDeviceRegistry.sol";
import {PublicKey, Signature} from "./IKeyVerifiers.sol";

/// @title Checkpoints over device-signed messages, sealed by committees
interface IReadingLog {
    /// @notice What operators sign, as EIP-712
    /// `Checkpoint(uint256 logId,uint64 index,bytes32 previous,uint32 epoch,bytes32 root,uint64 size,uint64 judgedBlock)`.
    /// @param previous Commitment of checkpoint `index - 1`, 0 for the first
    /// @param size Number of messages under `root`, at least 1
    /// @param judgedBlock Finalized block at which key, status and home were judged
    struct Candidate {
        uint64 index;
        bytes32 previous;
        uint32 epoch;
        bytes32 root;
        uint64 size;
        uint64 judgedBlock;
    }

    /// @notice A 64-byte ERC-2098 signature of an operator.
    struct Compact {
        bytes32 r;
        bytes32 vs;
    }

    /// @notice A sealed checkpoint as proofs carry it; its root follows from the proof.
    /// @param signers Bit i: member i of the epoch's committee signed
    struct Sealed {
        uint64 index;
        uint64 size;
        uint64 sealedAt;
        uint32 epoch;
        uint32 signers;
    }

    /// @notice A message's place in its checkpoint.
    struct Message {
        address device;
        uint32 keyIndex;
        uint64 sequence;
        uint64 index;
        bytes32[] path;
    }

    /// @notice A reading and its place in its message.
    /// @param kind 0 number, 1 boolean, 2 SHA-256 of a text, 3 SHA-256 of data
    /// @param time Milliseconds since 1970 by the device's clock, 0 if it has none
    /// @param value Numbers and booleans times 1e18; digests as they are
    /// @param records Number of records in the message
    struct Reading {
        uint8 kind;
        uint32 record;
        uint32 records;
        uint64 time;
        bytes32 metric;
        int256 value;
        bytes32 salt;
        bytes32[] path;
    }

    struct Proof {
        Sealed checkpoint;
        Message message;
        Reading reading;
    }

    /// @notice The device's own word: its key under the message's key index, and its signature.
    struct DeviceSignature {
        PublicKey key;
        Signature signature;
    }

    /// @notice A leaf next to where an absent message would stand.
    struct Neighbour {
        address device;
        uint32 keyIndex;
        uint64 sequence;
        uint64 index;
        bytes32 messageRoot;
        bytes32[] path;
    }

    /// @notice A claim that (device, keyIndex, sequence) is not in the checkpoint: its two neighbours, or one at either end.
    struct Absence {
        Sealed checkpoint;
        address device;
        uint32 keyIndex;
        uint64 sequence;
        Neighbour[] neighbours;
    }

    /// @param graceSeconds How long messages of a rotated key are still taken, in block time
    struct Log {
        address owner;
        bool restricted;
        uint32 epoch;
        uint8 threshold;
        uint8 members;
        uint64 nextIndex;
        uint64 lastSealedAt;
        uint32 graceSeconds;
    }

    event LogOpened(
        uint256 indexed logId,
        address indexed owner,
        bool restricted,
        uint32 graceSeconds
    );
    event CommitteeAnnounced(
        uint256 indexed logId,
        uint32 indexed epoch,
        address[] operators,
        uint8 threshold,
        uint64 effectiveAt
    );
    event CommitteeChanged(
        uint256 indexed logId,
        uint32 indexed epoch,
        address[] operators,
        uint8 threshold
    );
    event CheckpointSealed(
        uint256 indexed logId,
        uint64 indexed index,
        bytes32 indexed root,
        uint64 size,
        uint64 sealedAt,
        uint32 epoch,
        uint32 signers,
        uint64 judgedBlock
    );

    error LogUnknown(uint256 logId);
    error LogNotOwner(uint256 logId, address caller);
    error LogCommittee(uint256 members, uint8 threshold);
    error LogOperator(address operator);
    error LogIndex(uint64 given, uint64 expected);
    error LogPrevious(bytes32 given, bytes32 expected);
    error LogEpoch(uint32 given, uint32 current);
    error LogEmptyCheckpoint();
    error LogJudgedBlock(uint64 judgedBlock);
    error LogSigner(address signer);
    error LogSignerTwice(address signer);
    error LogQuorum(uint256 given, uint8 threshold);
    error LogAlive(uint256 logId, uint64 deadAt);
    error LogNothingAnnounced(uint256 logId);
    error LogAlreadyAnnounced(uint256 logId, uint64 effectiveAt);
    error LogTooEarly(uint64 effectiveAt);

    /// @notice Opens a log of the sender's; ids count from 1.
    /// @param operators 1 … 31 secp256k1 accounts, strictly ascending, no zero
    /// @param threshold 1 … members; above two thirds of them when there are more than three
    function open(
        bool restricted,
        uint32 graceSeconds,
        address[] calldata operators,
        uint8 threshold
    ) external returns (uint256 logId);

    /// @notice Seals the next checkpoint; anyone may submit a quorum's signatures, in any order, each signer once.
    function append(
        uint256 logId,
        Candidate calldata candidate,
        Compact[] calldata signatures
    ) external;

    /// @notice Announces the next committee with the signatures of a quorum of the current one over
    /// `CommitteeChange(uint256 logId,uint32 epoch,bytes32 operatorsHash,uint8 threshold)` (`epoch` the next,
    /// `operatorsHash` keccak256(abi.encodePacked(operators))).
    function announceCommittee(
        uint256 logId,
        address[] calldata operators,
        uint8 threshold,
        Compact[] calldata signatures
    ) external;

    /// @notice As `announceCommittee`, by the log's owner alone, once the log is dead.
    function announceCommitteeByOwner(
        uint256 logId,
        address[] calldata operators,
        uint8 threshold
    ) external;

    /// @notice Puts the announced committee in force after `COMMITTEE_DELAY` seconds; anyone may call.
    function activateCommittee(uint256 logId) external;

    /// @notice The log; `lastSealedAt` is 0 before its first checkpoint.
    function log(uint256 logId) external view returns (Log memory);

    /// @notice The announced next committee and the time in seconds from which it can be put in force; all zero if none.
    /// @param byOwner Announced by the owner of a dead log: void if the log comes back to life
    function announcedCommittee(
        uint256 logId
    )
        external
        view
        returns (address[] memory operators, uint8 threshold, bool byOwner, uint64 effectiveAt);

    /// @notice Commitment of a checkpoint, keccak256(root ‖ size ‖ sealedAt ‖ epoch ‖ signers) packed; 0 if not sealed.
    function commitmentOf(uint256 logId, uint64 index) external view returns (bytes32);

    /// @notice Position + 1 of `operator` in the committee of `epoch`; 0 if it is no member.
    function memberOf(uint256 logId, uint32 epoch, address operator) external view returns (uint8);

    /// @notice Whether no checkpoint came for `LOG_DEATH` seconds.
    function isDead(uint256 logId) external view returns (bool);

    /// @notice Whether the reading is sealed in `logId`.
    function verify(uint256 logId, Proof calldata proof) external view returns (bool);

    /// @notice Whether the reading is sealed in `logId` and its device signed it: no oracle is trusted for authenticity.
    function verifySigned(
        uint256 logId,
        Proof calldata proof,
        DeviceSignature calldata word
    ) external view returns (bool);

    /// @notice Whether the message is not in the named checkpoint.
    function verifyNotIn(uint256 logId, Absence calldata absence) external view returns (bool);

    function verifyMany(uint256 logId, Proof[] calldata proofs) external view returns (bool);

    function verifySignedMany(
        uint256 logId,
        Proof[] calldata proofs,
        DeviceSignature[] calldata words
    ) external view returns (bool);

    function verifyNotInMany(
        uint256 logId,
        Absence[] calldata absences
    ) external view returns (bool);

    /// @notice Seconds between the announcement of a committee and its coming into force.
    function COMMITTEE_DELAY() external view returns (uint64);

    /// @notice Seconds without a checkpoint, or without a new committee, after which a log is dead.
    function LOG_DEATH() external view returns (uint64);

    /// @notice The registry whose devices' signatures count here, fixed at deployment.
    function registry() external view returns (IDeviceRegistry);
}
