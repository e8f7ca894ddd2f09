// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IReadingLog} from "../interfaces/IReadingLog.sol";

/// @title Committees of secp256k1 operators and their quorums
library Committees {
    uint256 internal constant MAX_MEMBERS = 31;

    bytes32 private constant CHECKPOINT = keccak256(
        "Checkpoint(uint256 logId,uint64 index,bytes32 previous,uint32 epoch,bytes32 root,uint64 size,uint64 judgedBlock)"
    );
    bytes32 private constant COMMITTEE_CHANGE = keccak256(
        "CommitteeChange(uint256 logId,uint32 epoch,bytes32 operatorsHash,uint8 threshold)"
    );

    /// @notice Reverts unless `operators` and `threshold` make a committee.
    /// @dev Ascending order makes duplicates impossible.
    function check(address[] calldata operators, uint8 threshold) internal pure {
        uint256 members = operators.length;
        if (
            members == 0 ||
            members > MAX_MEMBERS ||
            threshold == 0 ||
            threshold > members ||
            (members > 3 && uint256(threshold) * 3 <= members * 2)
        ) revert IReadingLog.LogCommittee(members, threshold);
        address last = address(0);
        for (uint256 i = 0; i < members; ++i) {
            if (operators[i] <= last) revert IReadingLog.LogOperator(operators[i]);
            last = operators[i];
        }
    }

    /// @notice Bits of the members that signed `digest`; reverts unless they are a quorum.
    /// @param members Position + 1 of each member
    function signersOf(
        mapping(address operator => uint8) storage members,
        uint8 threshold,
        bytes32 digest,
        IReadingLog.Compact[] calldata signatures
    ) internal view returns (uint32 signers) {
        if (signatures.length < threshold) {
            revert IReadingLog.LogQuorum(signatures.length, threshold);
        }
        for (uint256 i = 0; i < signatures.length; ++i) {
            IReadingLog.Compact calldata signature = signatures[i];
            (address signer, , ) = ECDSA.tryRecover(digest, signature.r, signature.vs);
            uint8 position = members[signer];
            if (position == 0) revert IReadingLog.LogSigner(signer);
            uint32 bit = uint32(1) << (position - 1);
            if (signers & bit != 0) revert IReadingLog.LogSignerTwice(signer);
            signers |= bit;
        }
    }

    function hashCheckpoint(
        uint256 logId,
        IReadingLog.Candidate calldata candidate
    ) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    CHECKPOINT,
                    logId,
                    candidate.index,
                    candidate.previous,
                    candidate.epoch,
                    candidate.root,
                    candidate.size,
                    candidate.judgedBlock
                )
            );
    }

    function hashChange(
        uint256 logId,
        uint32 epoch,
        address[] calldata operators,
        uint8 threshold
    ) internal pure returns (bytes32) {
        bytes32 operatorsHash = keccak256(abi.encodePacked(operators));
        return keccak256(abi.encode(COMMITTEE_CHANGE, logId, epoch, operatorsHash, threshold));
    }
}
