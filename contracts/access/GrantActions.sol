// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessGrants} from "../interfaces/IAccessGrants.sol";

/// @title The EIP-712 struct hashes of what grantors sign
/// @dev One type an action, every argument bound: a signature for one action is none for another.
library GrantActions {
    bytes32 private constant TERMS = keccak256(
        "Terms(address subject,address grantee,uint40 permissions,uint40 from,uint40 until,bytes32 purpose)"
    );
    bytes32 private constant GRANT_MANY = keccak256(
        "GrantMany(address grantor,Terms[] terms,uint32[] ownerEpochs,uint256 nonce,uint64 deadline)Terms(address subject,address grantee,uint40 permissions,uint40 from,uint40 until,bytes32 purpose)"
    );
    bytes32 private constant REVOKE = keccak256(
        "Revoke(address subject,address grantor,address grantee,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant REVOKE_ALL = keccak256(
        "RevokeAll(address subject,address grantor,uint256 nonce,uint64 deadline)"
    );

    function grantMany(
        address grantor,
        IAccessGrants.Terms[] calldata terms,
        uint32[] calldata ownerEpochs,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](terms.length);
        for (uint256 i = 0; i < terms.length; ++i) {
            hashes[i] = keccak256(abi.encode(TERMS, terms[i]));
        }
        return
            keccak256(
                abi.encode(
                    GRANT_MANY,
                    grantor,
                    keccak256(abi.encodePacked(hashes)),
                    keccak256(abi.encodePacked(ownerEpochs)),
                    nonce,
                    deadline
                )
            );
    }

    function revoke(
        address subject,
        address grantor,
        address grantee,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(REVOKE, subject, grantor, grantee, nonce, deadline));
    }

    function revokeAll(
        address subject,
        address grantor,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(REVOKE_ALL, subject, grantor, nonce, deadline));
    }
}
