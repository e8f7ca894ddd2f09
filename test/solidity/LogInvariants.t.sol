// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReadingLog} from "../../contracts/interfaces/IReadingLog.sol";
import {LogTest} from "./support/LogTest.sol";

/// @notice Committees sealing and changing, an owner trying to take over, time passing, in any order.
contract LogActor is LogTest {
    bytes32[] private _sealed;
    mapping(uint32 epoch => uint256[]) private _secrets;
    uint32 public epoch;
    uint256 private _pending;
    /// @notice Whether the owner's committee came into force within `LOG_DEATH` of a checkpoint.
    bool public takenAlive;

    constructor() {
        _secrets[0] = _open(4, 3);
    }

    function log() external view returns (IReadingLog) {
        return _log;
    }

    function sealed_() external view returns (bytes32[] memory) {
        return _sealed;
    }

    function seal(bytes32 root, uint64 size, uint8 mask) external {
        IReadingLog.Candidate memory candidate = _candidate(1, root, size);
        bytes32 hash = _checkpointHash(1, candidate);
        _log.append(1, candidate, _signatures(hash, _secrets[epoch], mask));
        _sealed.push(_log.commitmentOf(1, candidate.index));
    }

    function announce(uint8 members) external {
        _pending = uint256(keccak256(abi.encode(_pending, members)));
        (address[] memory operators, ) = _operators(_bound(members, 1, 6), _pending);
        uint8 threshold = uint8(operators.length);
        bytes32 hash = _changeHash(1, epoch + 1, operators, threshold);
        IReadingLog.Compact[] memory word = _signatures(hash, _secrets[epoch], type(uint256).max);
        _log.announceCommittee(1, operators, threshold, word);
    }

    function announceByOwner(uint8 members) external {
        _pending = uint256(keccak256(abi.encode(_pending, members)));
        (address[] memory operators, ) = _operators(_bound(members, 1, 6), _pending);
        _log.announceCommitteeByOwner(1, operators, uint8(operators.length));
    }

    function activate() external {
        (address[] memory operators, , bool byOwner, ) = _log.announcedCommittee(1);
        bool dead = _log.isDead(1);
        _log.activateCommittee(1);
        if (byOwner && !dead) takenAlive = true;
        (, _secrets[++epoch]) = _operators(operators.length, _pending);
    }

    function wait(uint32 time) external {
        vm.roll(block.number + 1);
        vm.warp(block.timestamp + (time % 4 days));
    }
}

/// @notice Numbers are those of docs/properties/ReadingLog.md.
contract LogInvariantsTest is LogTest {
    LogActor private _actor;

    function setUp() public {
        _actor = new LogActor();
        _actor.seal(keccak256("first"), 1, 7);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_actor);
    }

    function invariant_1_commitments_are_never_rewritten_and_have_no_gap() public view {
        bytes32[] memory sealed_ = _actor.sealed_();
        IReadingLog log = _actor.log();
        vm.assertEq(log.log(1).nextIndex, sealed_.length, "count");
        for (uint64 i = 0; i < sealed_.length; ++i) {
            vm.assertEq(log.commitmentOf(1, i), sealed_[i], "commitment");
            vm.assertTrue(sealed_[i] != 0, "sealed");
        }
        vm.assertEq(log.commitmentOf(1, uint64(sealed_.length)), bytes32(0), "none after the last");
    }

    function invariant_5_the_committee_always_has_a_quorum_of_more_than_two_thirds() public view {
        IReadingLog.Log memory log = _actor.log().log(1);
        vm.assertTrue(log.threshold >= 1 && log.threshold <= log.members, "threshold");
        vm.assertTrue(log.members <= 3 || log.threshold * 3 > log.members * 2, "two thirds");
    }

    function invariant_6_epochs_count_changes_and_no_living_log_is_taken_over() public view {
        vm.assertEq(_actor.log().log(1).epoch, _actor.epoch(), "epoch");
        vm.assertFalse(_actor.takenAlive(), "taken over alive");
    }
}
