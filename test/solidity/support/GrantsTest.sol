// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessGrants} from "../../../contracts/interfaces/IAccessGrants.sol";
import {Key} from "./Keys.sol";
import {RegistryTest} from "./RegistryTest.sol";

/// @title Grants over a registry, and the signatures that they ask for, put together apart from the contract's own code
abstract contract GrantsTest is RegistryTest {
    bytes32 private constant DOMAIN_TYPE = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
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

    uint40 internal constant READ = 1;
    uint40 internal constant COMMAND = 2;
    uint40 internal constant CONFIGURE = 4;
    uint40 internal constant MAINTAIN = 8;
    uint40 internal constant DELEGATE = 16;
    uint40 internal constant EMERGENCY = 32;
    uint40 internal constant RESERVED = 0xc0;
    uint40 internal constant ALL = type(uint40).max - RESERVED;
    uint40 internal constant NO_END = type(uint40).max;
    address internal constant EVERYBODY = address(0);

    IAccessGrants internal _access = _deployGrants(address(_registry));
    address internal _manager = address(0xA1);
    address internal _guest = address(0xA2);
    address internal _stranger = address(0xA3);
    Key internal _key1 = _key(1, 0x1001);
    address internal _device = _key1.id;

    function _deployGrants(address registry) internal returns (IAccessGrants) {
        string memory artifact = "contracts/access/AccessGrants.sol:AccessGrants";
        return IAccessGrants(_create(artifact, abi.encode(registry)));
    }

    function _terms(
        address subject,
        address grantee,
        uint40 permissions,
        uint40 until
    ) internal pure returns (IAccessGrants.Terms memory) {
        return IAccessGrants.Terms(subject, grantee, permissions, 0, until, bytes32(0));
    }

    /// @dev Without end.
    function _give(address grantor, address subject, address grantee, uint40 permissions) internal {
        _giveUntil(grantor, subject, grantee, permissions, NO_END);
    }

    function _giveUntil(
        address grantor,
        address subject,
        address grantee,
        uint40 permissions,
        uint40 until
    ) internal {
        vm.prank(grantor);
        _access.grant(_terms(subject, grantee, permissions, until));
    }

    function _yes(
        address grantor,
        address who,
        uint40 permissions,
        string memory said
    ) internal view {
        vm.assertTrue(_access.allowed(_device, grantor, who, permissions), said);
    }

    function _no(
        address grantor,
        address who,
        uint40 permissions,
        string memory said
    ) internal view {
        vm.assertFalse(_access.allowed(_device, grantor, who, permissions), said);
    }

    function _grantManyHash(
        address grantor,
        IAccessGrants.Terms[] memory terms,
        uint32[] memory ownerEpochs,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        bytes memory hashes;
        bytes memory epochs;
        for (uint256 i = 0; i < terms.length; ++i) {
            hashes = bytes.concat(hashes, keccak256(abi.encode(TERMS, terms[i])));
        }
        for (uint256 i = 0; i < ownerEpochs.length; ++i) {
            epochs = bytes.concat(epochs, abi.encode(ownerEpochs[i]));
        }
        return
            keccak256(
                abi.encode(
                    GRANT_MANY,
                    grantor,
                    keccak256(hashes),
                    keccak256(epochs),
                    nonce,
                    deadline
                )
            );
    }

    function _revokeHash(
        address subject,
        address grantor,
        address grantee,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(REVOKE, subject, grantor, grantee, nonce, deadline));
    }

    function _revokeAllHash(
        address subject,
        address grantor,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(REVOKE_ALL, subject, grantor, nonce, deadline));
    }

    function _signGrants(uint256 secret, bytes32 structHash) internal view returns (bytes memory) {
        bytes32 separator = keccak256(
            abi.encode(
                DOMAIN_TYPE,
                keccak256("Fieldseal AccessGrants"),
                keccak256("1"),
                block.chainid,
                address(_access)
            )
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", separator, structHash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        return abi.encodePacked(r, s, v);
    }
}
