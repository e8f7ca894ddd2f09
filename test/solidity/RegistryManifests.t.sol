// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceManifests} from "../../contracts/interfaces/IDeviceManifests.sol";
import {IDeviceRegistry} from "../../contracts/interfaces/IDeviceRegistry.sol";
import {PublicKey} from "../../contracts/interfaces/IKeyVerifiers.sol";
import {Key} from "./support/Keys.sol";
import {ManifestTest} from "./support/ManifestTest.sol";

/// @notice Batches and manifests. Numbers are those of docs/properties/DeviceRegistry.md.
contract RegistryManifestsTest is ManifestTest {
    function testFuzz_1_a_batch_is_enrolled_by_its_devices_and_their_owner(
        uint256 seed,
        uint8 count,
        bool relayed
    ) public {
        Key[] memory keys = _keys(1 + (count % 5), seed);
        IDeviceRegistry.Enrolment[] memory items = _enrolments(keys, _owner, 4);
        bytes memory word;
        if (relayed) {
            word = _signAsOwner(OWNER_SECRET, _adoptManyHash(_idsOf(keys), _owner, 4, FAR));
        }
        vm.prank(relayed ? address(0xCAFE) : _owner);
        address[] memory devices = _registry.enrolMany(_owner, 4, FAR, items, word);
        vm.assertEq(devices.length, keys.length, "count");
        for (uint256 i = 0; i < keys.length; ++i) {
            vm.assertEq(devices[i], keys[i].id, "id");
            vm.assertEq(_registry.device(keys[i].id).owner, _owner, "owner");
            vm.assertEq(_registry.device(keys[i].id).home, 4, "home");
            vm.assertEq(_registry.device(keys[i].id).manifest, 0, "no manifest");
        }
        vm.assertEq(_registry.balanceOf(_owner), keys.length, "balance");
    }

    function testFuzz_1_the_owner_signs_exactly_the_batch(uint256 seed, uint8 field) public {
        Key[] memory keys = _keys(3, seed);
        address[] memory ids = _idsOf(keys);
        field %= 6;
        if (field == 0) (ids[0], ids[1]) = (ids[1], ids[0]);
        if (field == 1) ids[2] = ids[1];
        bytes32 adopt = _adoptManyHash(
            ids,
            field == 2 ? _buyer : _owner,
            field == 3 ? 5 : 4,
            field == 4 ? FAR - 1 : FAR
        );
        if (field == 5) adopt = _adoptHash(ids[0], _owner, 4, FAR);
        bytes memory word = _signAsOwner(OWNER_SECRET, adopt);
        IDeviceRegistry.Enrolment[] memory items = _enrolments(keys, _owner, 4);
        vm.expectRevert(_ownerSignature());
        _registry.enrolMany(_owner, 4, FAR, items, word);
        vm.assertEq(_registry.balanceOf(_owner), 0, "all or none");
    }

    function testFuzz_2_a_device_stands_in_a_batch_once(uint256 seed, bool claimed) public {
        Key[] memory keys = _keys(3, seed);
        bytes memory refused = abi.encodeWithSelector(
            IDeviceRegistry.RegistryAlreadyEnrolled.selector,
            keys[0].id
        );
        if (!claimed) {
            IDeviceRegistry.Enrolment[] memory batch = _enrolments(keys, _owner, 4);
            batch[2] = batch[0];
            vm.expectRevert(refused);
            vm.prank(_owner);
            _registry.enrolMany(_owner, 4, FAR, batch, "");
            return;
        }
        uint64 manifest = _commit(_maker, keys, 3);
        IDeviceManifests.ClaimItem[] memory items = _items(keys, manifest);
        items[2] = items[0];
        vm.expectRevert(refused);
        vm.prank(_owner);
        _registry.claimMany(manifest, _owner, 1, FAR, items, "");
    }

    function testFuzz_1_a_batch_with_one_foreign_signature_enrols_none(uint256 seed) public {
        Key[] memory keys = _keys(3, seed);
        IDeviceRegistry.Enrolment[] memory items = _enrolments(keys, _owner, 4);
        items[1].signature = items[0].signature;
        vm.expectRevert(_deviceSignature(keys[1].id));
        vm.prank(_owner);
        _registry.enrolMany(_owner, 4, FAR, items, "");
        vm.assertEq(_registry.device(keys[0].id).owner, address(0), "none");
    }

    function testFuzz_15_a_claim_takes_what_the_manifest_says(
        uint256 seed,
        uint8 count,
        bool vouched,
        bool relayed
    ) public {
        Key[] memory keys = _keys(1 + (count % 9), seed);
        uint256 place = (seed >> 8) % keys.length;
        uint64 manifest = _commit(_maker, keys, vouched ? 3 : 2);
        IDeviceManifests.ClaimItem memory item = _item(
            keys,
            place,
            _claimHash(keys[place].id, _owner, 1, manifest, _maker, FAR)
        );
        bytes memory word;
        if (relayed) {
            address[] memory ids = new address[](1);
            ids[0] = keys[place].id;
            bytes32 adopt = _adoptClaimsHash(ids, _owner, 1, manifest, _maker, FAR);
            word = _signAsOwner(OWNER_SECRET, adopt);
        }
        vm.prank(relayed ? address(0xCAFE) : _owner);
        _registry.claim(manifest, _owner, 1, FAR, item, word);
        IDeviceRegistry.Device memory device = _registry.device(keys[place].id);
        vm.assertEq(device.owner, _owner, "owner");
        vm.assertEq(device.manifest, manifest, "manifest");
        vm.assertEq(device.attestation, vouched ? 3 : 2, "attestation");
        vm.assertEq(_registry.balanceOf(_owner), 1, "balance");
        // The same leaf a second time.
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryAlreadyEnrolled.selector, keys[place].id)
        );
        vm.prank(_owner);
        _registry.claim(manifest, _owner, 1, FAR, item, "");
    }

    function testFuzz_13_batches_and_claims_begin_the_chain_of_changes(
        uint256 seed,
        bool claimed
    ) public {
        Key[] memory keys = _keys(2, seed);
        uint64 manifest = _commit(_maker, keys, 3);
        vm.roll(50);
        for (uint256 i = 0; i < 2; ++i) {
            PublicKey memory open = keys[i].open;
            vm.expectEmit(address(_registry));
            emit IDeviceRegistry.DIDOwnerChanged(keys[i].id, _owner, 0);
            vm.expectEmit(address(_registry));
            emit IDeviceRegistry.DIDAttributeChanged(
                keys[i].id,
                open.keyType == 2
                    ? bytes32("did/pub/Secp256r1/veriKey/hex")
                    : bytes32("did/pub/Secp256k1/veriKey/hex"),
                abi.encodePacked(uint8(4), open.x, open.y),
                FAR,
                50
            );
            vm.expectEmit(address(_registry));
            emit IDeviceRegistry.Transfer(address(0), _owner, uint160(keys[i].id));
        }
        IDeviceManifests.ClaimItem[] memory items = _items(keys, manifest);
        IDeviceRegistry.Enrolment[] memory batch = _enrolments(keys, _owner, 1);
        vm.prank(_owner);
        if (claimed) _registry.claimMany(manifest, _owner, 1, FAR, items, "");
        else _registry.enrolMany(_owner, 1, FAR, batch, "");
        for (uint256 i = 0; i < 2; ++i) {
            vm.assertEq(_registry.changed(keys[i].id), 50, "head");
            vm.assertEq(_registry.owners(keys[i].id), _owner, "owner");
        }
    }

    function testFuzz_15_no_claim_without_its_place_in_the_tree(
        uint256 seed,
        uint8 count,
        uint8 fault
    ) public {
        Key[] memory keys = _keys(2 + (count % 8), seed);
        uint256 place = (seed >> 8) % keys.length;
        uint64 manifest = _commit(_maker, keys, 3);
        bytes32 action = _claimHash(keys[place].id, _owner, 1, manifest, _maker, FAR);
        IDeviceManifests.ClaimItem memory item = _item(keys, place, action);
        fault %= 7;
        if (fault == 0) item.position = uint64((place + 1) % keys.length);
        if (fault == 1) item.position = uint64(keys.length + place);
        if (fault == 2) item.serial = _serial(place + 1);
        if (fault == 3) item.path = _longer(item.path);
        if (fault == 4) item.path = new bytes32[](item.path.length - 1);
        if (fault == 5) item.path[item.path.length - 1] ^= bytes32(uint256(1));
        if (fault == 6) {
            // A key that is in no manifest, with a serial that is.
            Key memory stranger = _keys(1, seed + 1)[0];
            item.key = stranger.open;
            action = _claimHash(stranger.id, _owner, 1, manifest, _maker, FAR);
            item.signature = _signAction(stranger, action);
        }
        vm.expectPartialRevert(IDeviceManifests.RegistryManifestProof.selector);
        vm.prank(_owner);
        _registry.claim(manifest, _owner, 1, FAR, item, "");
    }

    function testFuzz_15_nobody_gets_a_device_into_a_manifest_of_his_own(
        uint256 seed,
        bool sameMaker
    ) public {
        Key[] memory keys = _keys(4, seed);
        uint64 manifest = _commit(_maker, keys, 2);
        // The keys are public: another lists them too, with another attestation.
        address copier = sameMaker ? _maker : address(0xBAD);
        uint64 copy = _commit(copier, keys, 3);
        bytes32 action = _claimHash(keys[1].id, _owner, 1, manifest, _maker, FAR);
        IDeviceManifests.ClaimItem memory item = _item(keys, 1, action);
        vm.expectRevert(_deviceSignature(keys[1].id));
        vm.prank(_owner);
        _registry.claim(copy, _owner, 1, FAR, item, "");
        // Nor by the owner's word for the manifest that he meant.
        item.signature = _signAction(keys[1], _claimHash(keys[1].id, _owner, 1, copy, copier, FAR));
        address[] memory ids = new address[](1);
        ids[0] = keys[1].id;
        bytes memory word = _signAsOwner(
            OWNER_SECRET,
            _adoptClaimsHash(ids, _owner, 1, manifest, _maker, FAR)
        );
        vm.expectRevert(_ownerSignature());
        _registry.claim(copy, _owner, 1, FAR, item, word);
    }

    function testFuzz_15_a_claims_signature_enrols_nothing_and_the_other_way_round(
        uint256 seed
    ) public {
        Key[] memory keys = _keys(2, seed);
        uint64 manifest = _commit(_maker, keys, 3);
        bytes32 enrol = _enrolHash(keys[0].id, _owner, 1, FAR);
        bytes32 action = _claimHash(keys[0].id, _owner, 1, manifest, _maker, FAR);
        IDeviceManifests.ClaimItem memory item = _item(keys, 0, enrol);
        vm.expectRevert(_deviceSignature(keys[0].id));
        vm.prank(_owner);
        _registry.claim(manifest, _owner, 1, FAR, item, "");
        item = _item(keys, 0, action);
        vm.expectRevert(_deviceSignature(keys[0].id));
        vm.prank(_owner);
        _registry.enrol(keys[0].open, 1, FAR, item.signature);
    }

    function testFuzz_15_a_batch_of_claims_is_all_or_none(uint256 seed, bool broken) public {
        Key[] memory keys = _keys(3, seed);
        uint64 manifest = _commit(_maker, keys, 3);
        IDeviceManifests.ClaimItem[] memory items = _items(keys, manifest);
        bytes memory word = _signAsOwner(
            OWNER_SECRET,
            _adoptClaimsHash(_idsOf(keys), _owner, 1, manifest, _maker, FAR)
        );
        if (broken) {
            items[2].position = 0;
            vm.expectPartialRevert(IDeviceManifests.RegistryManifestProof.selector);
        }
        _registry.claimMany(manifest, _owner, 1, FAR, items, word);
        vm.assertEq(_registry.balanceOf(_owner), broken ? 0 : 3, "all or none");
    }

    function testFuzz_15_a_claim_expires(uint32 deadline, uint32 late, bool many) public {
        vm.assume(late != 0);
        Key[] memory keys = _keys(2, 1);
        uint64 manifest = _commit(_maker, keys, 3);
        IDeviceManifests.ClaimItem[] memory items = new IDeviceManifests.ClaimItem[](1);
        bytes32 action = _claimHash(keys[0].id, _owner, 1, manifest, _maker, deadline);
        items[0] = _item(keys, 0, action);
        vm.warp(uint256(deadline) + late);
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryExpired.selector, uint64(deadline))
        );
        vm.prank(_owner);
        if (many) _registry.claimMany(manifest, _owner, 1, deadline, items, "");
        else _registry.claim(manifest, _owner, 1, deadline, items[0], "");
    }

    function testFuzz_15_a_manifest_stays_what_was_committed(
        bytes32 root,
        uint64 size,
        uint8 attestation,
        uint16 length
    ) public {
        string memory uri = string(new bytes(length % 1024));
        uint256 longest = _registry.MAX_TEXT();
        if (size == 0) vm.expectRevert(IDeviceManifests.RegistryManifestSize.selector);
        else if (attestation != 2 && attestation != 3) {
            vm.expectPartialRevert(IDeviceManifests.RegistryAttestation.selector);
        } else if (length % 1024 > longest) {
            vm.expectPartialRevert(IDeviceManifests.RegistryText.selector);
        }
        vm.prank(_maker);
        uint64 manifest = _registry.commitManifest(root, size, attestation, uri);
        if (manifest == 0) return;
        IDeviceManifests.Manifest memory made = _registry.manifestOf(manifest);
        vm.assertEq(made.root, root, "root");
        vm.assertEq(made.manufacturer, _maker, "manufacturer");
        vm.assertEq(made.size, size, "size");
        vm.assertEq(made.attestation, attestation, "attestation");
        vm.assertEq(_commit(_buyer, _keys(1, 1), 2), manifest + 1, "ids follow each other");
    }

    function _items(
        Key[] memory keys,
        uint64 manifest
    ) private view returns (IDeviceManifests.ClaimItem[] memory items) {
        items = new IDeviceManifests.ClaimItem[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            bytes32 action = _claimHash(keys[i].id, _owner, 1, manifest, _maker, FAR);
            items[i] = _item(keys, i, action);
        }
    }

    function _longer(bytes32[] memory path) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](path.length + 1);
        for (uint256 i = 0; i < path.length; ++i) longer[i] = path[i];
    }

    function _deviceSignature(address device) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDeviceRegistry.RegistryDeviceSignature.selector, device);
    }

    function _ownerSignature() private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IDeviceRegistry.RegistryOwnerSignature.selector,
                address(0),
                _owner
            );
    }
}
