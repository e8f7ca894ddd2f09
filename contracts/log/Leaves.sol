// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReadingLog} from "../interfaces/IReadingLog.sol";

/// @title Packed leaves of both trees and their hashes (docs/protocol.md; RFC 9162 §2.1.1)
library Leaves {
    /// @notice SHA-256 of 0x00 and a reading's 109 bytes: kind (1), record (4), time (8), metric, value, salt (32 each).
    function ofReading(
        IReadingLog.Reading calldata reading
    ) internal view returns (bytes32 leafHash) {
        uint256 head =
            (uint256(reading.kind) << 96) | (uint256(reading.record) << 64) | reading.time;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            // The prefix and the 13 bytes of the head end the first word; metric, value and salt follow each other
            // in calldata as they do in the leaf.
            mstore(buffer, head)
            calldatacopy(add(buffer, 0x20), add(reading, 0x80), 0x60)
            if iszero(staticcall(gas(), 2, add(buffer, 18), 110, 0, 0x20)) {
                revert(0, 0)
            }
            leafHash := mload(0)
        }
    }

    /// @notice SHA-256 of 0x00 and a message's 64 bytes: its identity and its root.
    function ofMessage(
        bytes32 identity_,
        bytes32 messageRoot
    ) internal view returns (bytes32 leafHash) {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, 0)
            mstore(add(buffer, 0x20), identity_)
            mstore(add(buffer, 0x40), messageRoot)
            if iszero(staticcall(gas(), 2, add(buffer, 31), 65, 0, 0x20)) {
                revert(0, 0)
            }
            leafHash := mload(0)
        }
    }

    /// @notice A message's identity, device (20) ‖ key index (4) ‖ sequence (8); checkpoints are sorted by it.
    function identity(
        address device,
        uint32 keyIndex,
        uint64 sequence
    ) internal pure returns (bytes32) {
        return
            bytes32(
                (uint256(uint160(device)) << 96) | (uint256(keyIndex) << 64) | uint256(sequence)
            );
    }
}
