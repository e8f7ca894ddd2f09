// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReadingLog} from "../interfaces/IReadingLog.sol";
import {Leaves} from "./Leaves.sol";
import {MerkleInclusion} from "../trees/MerkleInclusion.sol";

/// @title What a proof leads to, before anything stored is asked
library ReadingProofs {
    uint32 internal constant MAX_RECORDS = 64;
    uint8 internal constant MAX_KIND = 3;

    /// @notice The message root and the checkpoint's commitment that `proof` leads to.
    /// @return fits Whether the proof is well-formed; the rest means nothing otherwise
    function resolve(
        IReadingLog.Proof calldata proof
    ) internal view returns (bool fits, bytes32 messageRoot, bytes32 commitment) {
        (fits, messageRoot) = _messageRoot(proof.reading);
        if (!fits) return (false, 0, 0);
        IReadingLog.Message calldata message = proof.message;
        bytes32 leaf = Leaves.ofMessage(
            Leaves.identity(message.device, message.keyIndex, message.sequence),
            messageRoot
        );
        bytes32 root;
        (fits, root) = MerkleInclusion.rootOf(
            leaf,
            message.index,
            proof.checkpoint.size,
            message.path
        );
        commitment = commitmentOf(proof.checkpoint, root);
    }

    /// @notice The commitment that `absence` leads to if its neighbours leave no place for the message.
    /// @return fits Whether they do; the commitment means nothing otherwise
    function resolveAbsence(
        IReadingLog.Absence calldata absence
    ) internal view returns (bool fits, bytes32 commitment) {
        IReadingLog.Neighbour[] calldata neighbours = absence.neighbours;
        if (neighbours.length == 0 || neighbours.length > 2) return (false, 0);
        if (!_leavesNoPlace(absence)) return (false, 0);
        uint64 size = absence.checkpoint.size;
        bytes32 root;
        (fits, root) = _neighbourRoot(neighbours[0], size);
        if (fits && neighbours.length == 2) {
            bytes32 other;
            (fits, other) = _neighbourRoot(neighbours[1], size);
            fits = fits && other == root;
        }
        commitment = commitmentOf(absence.checkpoint, root);
    }

    /// @notice keccak256(root ‖ size ‖ sealedAt ‖ epoch ‖ signers), packed.
    function commitmentOf(
        IReadingLog.Sealed calldata checkpoint,
        bytes32 root
    ) internal pure returns (bytes32) {
        return
            commitmentOf(
                root,
                checkpoint.size,
                checkpoint.sealedAt,
                checkpoint.epoch,
                checkpoint.signers
            );
    }

    function commitmentOf(
        bytes32 root,
        uint64 size,
        uint64 sealedAt,
        uint32 epoch,
        uint32 signers
    ) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(root, size, sealedAt, epoch, signers));
    }

    /// @dev One neighbour is enough at either end of the checkpoint only.
    function _leavesNoPlace(IReadingLog.Absence calldata absence) private pure returns (bool) {
        bytes32 absent = Leaves.identity(absence.device, absence.keyIndex, absence.sequence);
        IReadingLog.Neighbour calldata first = absence.neighbours[0];
        bytes32 below = _identity(first);
        if (absence.neighbours.length == 2) {
            IReadingLog.Neighbour calldata second = absence.neighbours[1];
            return
                second.index > first.index &&
                second.index - first.index == 1 &&
                below < absent &&
                absent < _identity(second);
        }
        if (absent < below) return first.index == 0;
        if (absent == below) return false;
        // A size of 0 is no checkpoint's: no index passes the inclusion check under it.
        unchecked {
            return first.index == absence.checkpoint.size - 1;
        }
    }

    function _messageRoot(
        IReadingLog.Reading calldata reading
    ) private view returns (bool fits, bytes32 messageRoot) {
        if (reading.records > MAX_RECORDS || reading.kind > MAX_KIND) return (false, 0);
        return
            MerkleInclusion.rootOf(
                Leaves.ofReading(reading),
                reading.record,
                reading.records,
                reading.path
            );
    }

    function _neighbourRoot(
        IReadingLog.Neighbour calldata neighbour,
        uint64 size
    ) private view returns (bool fits, bytes32 root) {
        bytes32 leaf = Leaves.ofMessage(_identity(neighbour), neighbour.messageRoot);
        return MerkleInclusion.rootOf(leaf, neighbour.index, size, neighbour.path);
    }

    function _identity(IReadingLog.Neighbour calldata neighbour) private pure returns (bytes32) {
        return Leaves.identity(neighbour.device, neighbour.keyIndex, neighbour.sequence);
    }
}
