// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceManifests} from "../../../contracts/interfaces/IDeviceManifests.sol";
import {IDeviceRegistry} from "../../../contracts/interfaces/IDeviceRegistry.sol";
import {Signature} from "../../../contracts/interfaces/IKeyVerifiers.sol";
import {Key} from "./Keys.sol";
import {RegistryTest} from "./RegistryTest.sol";
import {Trees} from "./Trees.sol";

/// @title A manufacturer, his manifests, and what is signed about them, put together apart from the contract's own code
abstract contract ManifestTest is RegistryTest {
    bytes32 private constant ADOPT_MANY = keccak256(
        "AdoptMany(address[] devices,address owner,uint64 home,uint64 deadline)"
    );
    bytes32 private constant CLAIM = keccak256(
        "Claim(address device,address owner,uint64 home,uint64 manifest,address manufacturer,uint64 deadline)"
    );
    bytes32 private constant ADOPT_CLAIMS = keccak256(
        "AdoptClaims(address[] devices,address owner,uint64 home,uint64 manifest,address manufacturer,uint64 deadline)"
    );
    bytes32 private constant VOUCH = keccak256(
        "Vouch(address device,uint32 keyIndex,address keyId,uint8 attestation,uint32 ownerEpoch,uint256 nonce,uint64 deadline)"
    );

    uint256 internal constant MAKER_SECRET = 0x3A4E5;

    address internal _maker = vm.addr(MAKER_SECRET);

    /// @dev `count` keys of both types that no other test uses, the same for a seed.
    function _keys(uint256 count, uint256 seed) internal view returns (Key[] memory keys) {
        keys = new Key[](count);
        for (uint256 i = 0; i < count; ++i) {
            keys[i] = _key(uint8(1 + (i % 2)), uint128(uint256(keccak256(abi.encode(seed, i)))));
        }
    }

    function _serial(uint256 position) internal pure returns (bytes32) {
        return sha256(abi.encodePacked("serial ", position));
    }

    function _manifestLeaves(Key[] memory keys) internal pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            hashes[i] = Trees.leaf(
                abi.encodePacked(_serial(i), keys[i].open.keyType, keys[i].open.x, keys[i].open.y)
            );
        }
    }

    function _commit(
        address maker,
        Key[] memory keys,
        uint8 attestation
    ) internal returns (uint64) {
        bytes32 root = Trees.root(_manifestLeaves(keys));
        vm.prank(maker);
        return _registry.commitManifest(root, uint64(keys.length), attestation, "ipfs://list");
    }

    function _item(
        Key[] memory keys,
        uint256 position,
        bytes32 action
    ) internal view returns (IDeviceManifests.ClaimItem memory item) {
        item.key = keys[position].open;
        item.serial = _serial(position);
        item.position = uint64(position);
        item.path = Trees.path(_manifestLeaves(keys), position);
        item.signature = _signAction(keys[position], action);
    }

    /// @dev The owner claims for himself.
    function _claim(Key[] memory keys, uint256 position, address owner, uint64 manifest) internal {
        IDeviceManifests.ClaimItem memory item = _item(
            keys,
            position,
            _claimHash(keys[position].id, owner, 1, manifest, _maker, FAR)
        );
        vm.prank(owner);
        _registry.claim(manifest, owner, 1, FAR, item, "");
    }

    function _enrolments(
        Key[] memory keys,
        address owner,
        uint64 home
    ) internal view returns (IDeviceRegistry.Enrolment[] memory items) {
        items = new IDeviceRegistry.Enrolment[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            Signature memory word = _signAction(keys[i], _enrolHash(keys[i].id, owner, home, FAR));
            items[i] = IDeviceRegistry.Enrolment(keys[i].open, word);
        }
    }

    function _idsOf(Key[] memory keys) internal pure returns (address[] memory ids) {
        ids = new address[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) ids[i] = keys[i].id;
    }

    function _adoptManyHash(
        address[] memory devices,
        address owner,
        uint64 home,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(ADOPT_MANY, _arrayHash(devices), owner, home, deadline));
    }

    function _claimHash(
        address device,
        address owner,
        uint64 home,
        uint64 manifest,
        address maker,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(CLAIM, device, owner, home, manifest, maker, deadline));
    }

    function _adoptClaimsHash(
        address[] memory devices,
        address owner,
        uint64 home,
        uint64 manifest,
        address maker,
        uint64 deadline
    ) internal pure returns (bytes32) {
        bytes32 list = _arrayHash(devices);
        return keccak256(abi.encode(ADOPT_CLAIMS, list, owner, home, manifest, maker, deadline));
    }

    /// @dev As of the registry's state.
    function _vouchHash(
        address device,
        uint8 attestation,
        uint256 nonce,
        uint64 deadline
    ) internal view returns (bytes32) {
        IDeviceRegistry.Device memory state = _registry.device(device);
        return
            keccak256(
                abi.encode(
                    VOUCH,
                    device,
                    state.keyIndex,
                    _registry.keyIdOf(device, state.keyIndex),
                    attestation,
                    state.ownerEpoch,
                    nonce,
                    deadline
                )
            );
    }

    function _arrayHash(address[] memory list) private pure returns (bytes32) {
        bytes memory words;
        for (uint256 i = 0; i < list.length; ++i)
            words = abi.encodePacked(words, abi.encode(list[i]));
        return keccak256(words);
    }
}
