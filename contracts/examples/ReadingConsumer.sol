// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IReadingLog} from "../interfaces/IReadingLog.sol";

/// @title A contract that uses readings: it keeps the newest value of one metric of one device
/// @notice The log is pinned at construction: who could change it would choose the committee.
contract ReadingConsumer {
    using SafeCast for int256;

    /// @notice How far ahead of its checkpoint's time, in seconds, a reading may be by its device's clock.
    uint64 public constant SKEW = 10 minutes;

    IReadingLog public immutable log;
    uint256 public immutable logId;
    address public immutable device;
    bytes32 public immutable metric;

    /// @notice The newest value, times 1e18.
    int192 public value;
    /// @notice Its time by the device's clock, in milliseconds since 1970.
    uint64 public time;

    error ReadingOfAnother(address device, bytes32 metric);
    error ReadingNoNumber(uint8 kind);
    error ReadingAhead(uint64 given, uint64 sealedAt);
    error ReadingNotNewer(uint64 given, uint64 newest);
    error ReadingNotProven();

    constructor(IReadingLog log_, uint256 logId_, address device_, bytes32 metric_) {
        log = log_;
        logId = logId_;
        device = device_;
        metric = metric_;
    }

    /// @notice Takes a reading on the committee's word.
    function take(IReadingLog.Proof calldata proof) external {
        if (!log.verify(logId, proof)) revert ReadingNotProven();
        _store(proof);
    }

    /// @notice Takes a reading on the device's own word: the default where it matters.
    function takeSigned(
        IReadingLog.Proof calldata proof,
        IReadingLog.DeviceSignature calldata word
    ) external {
        if (!log.verifySigned(logId, proof, word)) revert ReadingNotProven();
        _store(proof);
    }

    function _store(IReadingLog.Proof calldata proof) private {
        IReadingLog.Reading calldata reading = proof.reading;
        if (proof.message.device != device || reading.metric != metric) {
            revert ReadingOfAnother(proof.message.device, reading.metric);
        }
        if (reading.kind != 0) revert ReadingNoNumber(reading.kind);
        // One reading of the far future would shut out all that follow.
        uint64 sealedAt = proof.checkpoint.sealedAt;
        if (reading.time > (sealedAt + SKEW) * 1000) revert ReadingAhead(reading.time, sealedAt);
        if (reading.time <= time) revert ReadingNotNewer(reading.time, time);
        value = reading.value.toInt192();
        time = reading.time;
    }
}
