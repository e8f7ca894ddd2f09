// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceManifests} from "../../contracts/interfaces/IDeviceManifests.sol";
import {IDeviceRegistry} from "../../contracts/interfaces/IDeviceRegistry.sol";
import {Key} from "./support/Keys.sol";
import {ManifestTest} from "./support/ManifestTest.sol";

/// @notice What manufacturers say after the sale: attestation and recall. Numbers are those of
/// docs/properties/DeviceRegistry.md.
contract RegistryAttestationTest is ManifestTest {
    uint256 private constant NEXT = 0xf1e1d5ea1f1e1d5ea1f1e1d5ea1;

    Key[] private _made;
    uint64 private _manifest;

    function setUp() public {
        Key[] memory keys = _keys(5, 77);
        for (uint256 i = 0; i < keys.length; ++i) _made.push(keys[i]);
        _manifest = _commit(_maker, keys, 3);
        _claim(keys, 0, _owner, _manifest);
        _claim(keys, 1, _owner, _manifest);
    }

    function test_16_attestation_falls_with_a_rotation_and_rises_by_the_manufacturer_only() public {
        address device = _made[0].id;
        _rotate(_made[0], device, _key(2, NEXT));
        vm.assertEq(_registry.device(device).attestation, 2, "fell");
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceManifests.RegistryAttestation.selector, uint8(3))
        );
        vm.prank(_owner);
        _registry.declareAttestation(device, 3);
        vm.prank(_maker);
        _registry.vouch(device, 1, 3, 0, FAR, "");
        vm.assertEq(_registry.device(device).attestation, 3, "vouched for");
        // What is worth less stays so: a rotation raises nothing.
        vm.prank(_owner);
        _registry.declareAttestation(device, 1);
        _rotate(_key(2, NEXT), device, _made[0]);
        vm.assertEq(_registry.device(device).attestation, 1, "stays");
    }

    function testFuzz_16_the_manufacturer_signs_what_he_vouches_for(uint8 attestation) public {
        address device = _made[0].id;
        bytes32 action = _vouchHash(device, attestation, 0, FAR);
        bytes memory word = _signAsOwner(MAKER_SECRET, action);
        if (attestation > 3) {
            vm.expectRevert(
                abi.encodeWithSelector(IDeviceManifests.RegistryAttestation.selector, attestation)
            );
        }
        _registry.vouch(device, 0, attestation, 0, FAR, word);
        if (attestation > 3) return;
        vm.assertEq(_registry.device(device).attestation, attestation, "attestation");
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryNonce.selector, device, uint256(0))
        );
        _registry.vouch(device, 0, attestation, 0, FAR, word);
    }

    function testFuzz_16_a_vouch_is_for_one_key_of_one_device_of_one_owner(uint8 fault) public {
        address device = _made[0].id;
        vm.prank(_owner);
        _registry.declareAttestation(device, 2);
        bytes memory word = _signAsOwner(MAKER_SECRET, _vouchHash(device, 3, 0, FAR));
        fault %= 5;
        bytes4 refused = IDeviceManifests.RegistryManufacturerSignature.selector;
        uint32 keyIndex = 0;
        if (fault == 0) {
            _rotate(_made[0], device, _key(2, NEXT));
            refused = IDeviceRegistry.RegistryKey.selector;
        }
        if (fault == 1) {
            _rotate(_made[0], device, _key(2, NEXT));
            keyIndex = 1;
        }
        if (fault == 2) _transfer(_made[0], device, _buyer);
        if (fault == 3) device = _made[1].id;
        if (fault == 4) word = _signAsOwner(OWNER_SECRET, _vouchHash(device, 3, 0, FAR));
        vm.expectPartialRevert(refused);
        _registry.vouch(device, keyIndex, 3, 0, FAR, word);
    }

    function testFuzz_16_who_made_another_device_vouches_for_none_of_these(address caller) public {
        vm.assume(caller != _maker);
        Key memory plain = _key(2, 5);
        _enrol(plain, _owner, 1);
        address[2] memory devices = [_made[0].id, plain.id];
        address[2] memory makers = [_maker, address(0)];
        for (uint256 i = 0; i < 2; ++i) {
            // Nobody made a device that came without a manifest, not even who is nobody.
            if (caller == makers[i]) continue;
            vm.expectRevert(
                abi.encodeWithSelector(
                    IDeviceManifests.RegistryManufacturerSignature.selector,
                    devices[i],
                    makers[i]
                )
            );
            vm.prank(caller);
            _registry.vouch(devices[i], 0, 3, 0, FAR, "");
        }
    }

    function testFuzz_16_only_the_owner_declares_and_at_most_2(
        address caller,
        uint8 attestation
    ) public {
        address device = _made[0].id;
        bool byOwner = caller == _owner;
        if (!byOwner) {
            vm.expectRevert(
                abi.encodeWithSelector(IDeviceRegistry.RegistryNotOwner.selector, device, caller)
            );
            vm.prank(caller);
            _registry.declareAttestation(device, attestation);
        }
        if (attestation > 2) {
            vm.expectRevert(
                abi.encodeWithSelector(IDeviceManifests.RegistryAttestation.selector, attestation)
            );
        }
        vm.prank(_owner);
        _registry.declareAttestation(device, attestation);
        uint8 expected = attestation > 2 ? 3 : attestation;
        vm.assertEq(_registry.device(device).attestation, expected, "attestation");
    }

    function test_16_a_recovered_key_is_not_vouched_for() public {
        address device = _made[0].id;
        Key memory next = _key(2, NEXT);
        bytes memory word = _signAsOwner(MAKER_SECRET, _vouchHash(device, 3, 0, FAR));
        vm.prank(_owner);
        _registry.announceKeyRecovery(device, next.open, false);
        vm.assertEq(_registry.device(device).attestation, 3, "announced only");
        vm.warp(block.timestamp + _registry.RECOVERY_DELAY());
        vm.prank(_owner);
        _registry.completeKeyRecovery(device, _made[0].open, next.open);
        vm.assertEq(_registry.device(device).attestation, 2, "fell");
        vm.expectPartialRevert(IDeviceManifests.RegistryManufacturerSignature.selector);
        _registry.vouch(device, 1, 3, 0, FAR, word);
    }

    function test_16_a_fall_is_told() public {
        address device = _made[0].id;
        vm.expectEmit(address(_registry));
        emit IDeviceManifests.AttestationChanged(device, 2);
        _rotate(_made[0], device, _key(2, NEXT));
    }

    function testFuzz_16_a_vouch_expires(uint32 deadline, uint32 late) public {
        vm.assume(late != 0);
        address device = _made[0].id;
        bytes memory word = _signAsOwner(MAKER_SECRET, _vouchHash(device, 2, 0, deadline));
        vm.warp(uint256(deadline) + late);
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryExpired.selector, uint64(deadline))
        );
        _registry.vouch(device, 0, 2, 0, deadline, word);
        vm.warp(deadline);
        _registry.vouch(device, 0, 2, 0, deadline, word);
        vm.assertEq(_registry.device(device).attestation, 2, "in time");
    }

    function test_16_a_transfer_changes_no_attestation() public {
        _transfer(_made[0], _made[0].id, _buyer);
        vm.assertEq(_registry.device(_made[0].id).attestation, 3, "the key is the same");
    }

    function test_5_nobody_says_what_a_retired_device_is_worth() public {
        address device = _made[0].id;
        vm.prank(_owner);
        _registry.retire(device);
        bytes memory refused = abi.encodeWithSelector(
            IDeviceRegistry.RegistryWrongStatus.selector,
            device,
            IDeviceRegistry.Status.Retired
        );
        vm.expectRevert(refused);
        vm.prank(_maker);
        _registry.vouch(device, 0, 2, 0, FAR, "");
        vm.expectRevert(refused);
        vm.prank(_owner);
        _registry.declareAttestation(device, 2);
    }

    function test_16_vouches_spend_nonces_of_their_own() public {
        address device = _made[0].id;
        vm.prank(_maker);
        _registry.vouch(device, 0, 2, 0, FAR, "");
        vm.assertEq(_registry.nonceOf(device, 0), 0, "the device's lane is untouched");
        vm.assertEq(_registry.vouchNonceOf(device, 0), 1, "his own moved");
    }

    function test_17_a_recall_stops_nothing_and_is_ended_by_who_made_it() public {
        vm.prank(_maker);
        _registry.recallManifest(_manifest, "battery");
        vm.assertTrue(_registry.recalled(_made[0].id), "one");
        vm.assertTrue(_registry.device(_made[1].id).recalled, "all");
        vm.assertFalse(_registry.recalled(_made[2].id), "one that nobody claimed is unknown");
        _claim(_made, 2, _buyer, _manifest);
        vm.assertTrue(_registry.recalled(_made[2].id), "claimed later");
        vm.assertTrue(
            _registry.status(_made[0].id) == IDeviceRegistry.Status.Active,
            "stops nothing"
        );
        vm.prank(_maker);
        _registry.endManifestRecall(_manifest);
        vm.assertFalse(_registry.recalled(_made[0].id), "ended");
    }

    function test_17_a_cleared_unit_is_concerned_by_later_recalls_only() public {
        address[] memory one = new address[](1);
        one[0] = _made[0].id;
        vm.prank(_maker);
        _registry.recallManifest(_manifest, "battery");
        vm.prank(_maker);
        _registry.recallDevices(one, "seal");
        vm.prank(_maker);
        _registry.clearDevices(one);
        vm.assertFalse(_registry.recalled(one[0]), "repaired");
        vm.assertTrue(_registry.recalled(_made[1].id), "the others");
        vm.prank(_maker);
        _registry.recallManifest(_manifest, "radio");
        vm.assertTrue(_registry.recalled(one[0]), "a later one counts again");
        vm.prank(_maker);
        _registry.endManifestRecall(_manifest);
        vm.prank(_maker);
        _registry.recallDevices(one, "seal");
        vm.assertTrue(_registry.recalled(one[0]), "by itself");
        vm.assertFalse(_registry.recalled(_made[1].id), "not the others");
    }

    function test_17_a_unit_cleared_before_a_recall_is_recalled_with_the_rest() public {
        address[] memory one = new address[](1);
        one[0] = _made[0].id;
        vm.prank(_maker);
        _registry.clearDevices(one);
        vm.prank(_maker);
        _registry.recallManifest(_manifest, "battery");
        vm.assertTrue(_registry.recalled(one[0]), "recalled");
    }

    function test_17_retirement_does_not_hinder_a_recall_of_many() public {
        vm.prank(_owner);
        _registry.retire(_made[0].id);
        address[] memory both = new address[](2);
        (both[0], both[1]) = (_made[0].id, _made[1].id);
        vm.prank(_maker);
        _registry.recallDevices(both, "battery");
        vm.assertTrue(_registry.recalled(_made[1].id), "the other");
    }

    function testFuzz_17_only_the_manufacturer_recalls(address caller, uint8 action) public {
        vm.assume(caller != _maker);
        uint64 own = 0;
        vm.prank(caller);
        own = _registry.commitManifest(bytes32(0), 1, 3, "");
        address[] memory devices = new address[](1);
        devices[0] = _made[0].id;
        action %= 5;
        uint64 about = action == 4 ? 0 : _manifest;
        if (action == 4) {
            Key memory plain = _key(2, 5);
            _enrol(plain, _owner, 1);
            devices[0] = plain.id;
            vm.assume(caller != address(0));
        }
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceManifests.RegistryNotManufacturer.selector, about, caller)
        );
        vm.prank(caller);
        if (action == 0) _registry.recallManifest(_manifest, "");
        if (action == 1) _registry.endManifestRecall(_manifest);
        if (action == 2 || action == 4) _registry.recallDevices(devices, "");
        if (action == 3) _registry.clearDevices(devices);
    }

    function testFuzz_17_a_reason_has_a_bound(uint16 length, bool single) public {
        length %= 1024;
        string memory reason = string(new bytes(length));
        address[] memory one = new address[](1);
        one[0] = _made[0].id;
        if (length > _registry.MAX_TEXT()) {
            vm.expectPartialRevert(IDeviceManifests.RegistryText.selector);
        }
        vm.prank(_maker);
        if (single) _registry.recallDevices(one, reason);
        else _registry.recallManifest(_manifest, reason);
    }
}
