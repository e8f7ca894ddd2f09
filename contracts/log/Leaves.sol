// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReadingLog} from "../interfaces/IReadingLog.sol";

/// @title Packed leaves of both trees and their hashes (docs/protocol.md; RFC 9162 §2.1.1)
library Leaves {
    /// @notice Hash of a reading's 109 bytes.
    function ofReading(IReadingLog.Reading calldata reading) internal pure returns (bytes32) {
        return
            sha256(
                abi.encodePacked(
                    uint8(0),
                    reading.kind,
                    reading.record,
                    reading.time,
                    reading.metric,
                    reading.value,
                    reading.salt
                )
            );
    }

    /// @notice Hash of a message's 64 bytes.
    function ofMessage(
        address device,
        uint32 keyIndex,
        uint64 sequence,
        bytes32 messageRoot
    ) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(0), device, keyIndex, sequence, messageRoot));
    }

    /// @notice A message's identity; checkpoints are sorted by it.
    function identity(
        address device,
        uint32 keyIndex,
        uint64 sequence
    ) internal pure returns (bytes32) {
        return bytes32(abi.encodePacked(device, keyIndex, sequence));
    }
}
