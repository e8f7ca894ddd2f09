// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceRegistry} from "../../contracts/interfaces/IDeviceRegistry.sol";
import {Signature} from "../../contracts/interfaces/IKeyVerifiers.sol";
import {Key} from "./support/Keys.sol";
import {RegistryTest} from "./support/RegistryTest.sol";

/// @notice Numbers are those of docs/properties/DeviceRegistry.md.
contract DeviceRegistryTest is RegistryTest {
    function testFuzz_1_enrols_for_the_sender_what_the_device_signed(
        uint256 seed,
        uint64 home
    ) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        vm.warp(1_000_000);
        vm.roll(77);
        _enrol(key, _owner, home);
        IDeviceRegistry.Device memory device = _registry.device(key.id);
        vm.assertEq(device.owner, _owner, "owner");
        vm.assertTrue(device.status == IDeviceRegistry.Status.Active, "status");
        vm.assertEq(device.attestation, 2, "attestation");
        vm.assertEq(device.home, home, "home");
        vm.assertEq(device.enrolledBlock, 77, "block");
        vm.assertEq(device.changedAt, 1_000_000, "changedAt");
        vm.assertEq(_registry.keyIdOf(key.id, 0), key.id, "genesis key");
        vm.assertEq(_registry.ownerOf(uint160(key.id)), _owner, "token");
    }

    function testFuzz_1_nobody_is_given_a_device_that_signed_for_another(
        uint256 seed,
        address thief
    ) public {
        vm.assume(thief != _owner && thief != address(0));
        Key memory key = _key(_keyType(seed), seed >> 1);
        vm.assume(thief != key.id);
        Signature memory signature = _signAction(key, _enrolHash(key.id, _owner, 1, FAR));
        vm.expectRevert(_deviceSignature(key.id));
        vm.prank(thief);
        _registry.enrol(key.open, 1, FAR, signature);
    }

    function testFuzz_1_enrolment_binds_home_and_deadline(uint256 seed, bool home) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        Signature memory signature = _signAction(key, _enrolHash(key.id, _owner, 1, FAR));
        vm.expectRevert(_deviceSignature(key.id));
        vm.prank(_owner);
        _registry.enrol(key.open, home ? 2 : 1, home ? FAR : FAR - 1, signature);
    }

    function testFuzz_1_relays_an_enrolment_that_the_owner_signed(
        uint256 seed,
        address relay
    ) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        Signature memory signature = _signAction(key, _enrolHash(key.id, _owner, 3, FAR));
        bytes memory word = _signAsOwner(OWNER_SECRET, _adoptHash(key.id, _owner, 3, FAR));
        vm.prank(relay);
        _registry.enrolFor(_owner, key.open, 3, FAR, signature, word);
        vm.assertEq(_registry.ownerOf(uint160(key.id)), _owner, "owner");
    }

    function test_1_a_smart_wallet_adopts_by_erc1271() public {
        address wallet = _create("contracts/mocks/SmartWallet.sol:SmartWallet", abi.encode(_owner));
        Key memory key = _key(2, 5);
        Signature memory signature = _signAction(key, _enrolHash(key.id, wallet, 3, FAR));
        bytes32 adopt = _adoptHash(key.id, wallet, 3, FAR);
        bytes memory foreign = _signAsOwner(BUYER_SECRET, adopt);
        vm.expectRevert(_ownerSignature(key.id, wallet));
        _registry.enrolFor(wallet, key.open, 3, FAR, signature, foreign);
        bytes memory word = _signAsOwner(OWNER_SECRET, adopt);
        _registry.enrolFor(wallet, key.open, 3, FAR, signature, word);
        vm.assertEq(_registry.ownerOf(uint160(key.id)), wallet, "owner");
    }

    function test_1_a_relayed_enrolment_needs_the_owners_adoption_not_another_word() public {
        Key memory key = _key(1, 5);
        Signature memory signature = _signAction(key, _enrolHash(key.id, _owner, 3, FAR));
        bytes memory sameFields = _signAsOwner(OWNER_SECRET, _enrolHash(key.id, _owner, 3, FAR));
        vm.expectRevert(_ownerSignature(key.id, _owner));
        _registry.enrolFor(_owner, key.open, 3, FAR, signature, sameFields);
        vm.expectRevert(_ownerSignature(key.id, _owner));
        _registry.enrolFor(_owner, key.open, 3, FAR, signature, "");
    }

    function testFuzz_2_an_id_is_enrolled_once_for_ever(uint256 seed, bool retired) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        _enrol(key, _owner, 1);
        if (retired) {
            vm.prank(_owner);
            _registry.retire(key.id);
        }
        Signature memory signature = _signAction(key, _enrolHash(key.id, _owner, 1, FAR));
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryAlreadyEnrolled.selector, key.id)
        );
        vm.prank(_owner);
        _registry.enrol(key.open, 1, FAR, signature);
    }

    function testFuzz_3_no_device_owns_itself_and_nobody_owns_nothing(uint256 seed) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        Signature memory signature = _signAction(key, _enrolHash(key.id, key.id, 1, FAR));
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryOwnerIsDevice.selector, key.id)
        );
        vm.prank(key.id);
        _registry.enrol(key.open, 1, FAR, signature);
        signature = _signAction(key, _enrolHash(key.id, address(0), 1, FAR));
        vm.expectRevert(IDeviceRegistry.RegistryZeroOwner.selector);
        _registry.enrolFor(address(0), key.open, 1, FAR, signature, "");
    }

    function testFuzz_4_only_the_owner_changes_status_and_home(
        uint256 seed,
        address stranger,
        uint8 action
    ) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        vm.assume(stranger != _owner);
        _enrol(key, _owner, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryNotOwner.selector, key.id, stranger)
        );
        vm.prank(stranger);
        if (action % 4 == 0) _registry.suspend(key.id);
        if (action % 4 == 1) _registry.resume(key.id);
        if (action % 4 == 2) _registry.retire(key.id);
        if (action % 4 == 3) _registry.setHome(key.id, 2);
    }

    function test_4_status_goes_back_and_forth_between_active_and_suspended() public {
        Key memory key = _key(2, 5);
        _enrol(key, _owner, 1);
        vm.expectRevert(_wrongStatus(key.id, IDeviceRegistry.Status.Active));
        vm.prank(_owner);
        _registry.resume(key.id);
        vm.warp(5000);
        vm.prank(_owner);
        _registry.suspend(key.id);
        vm.assertTrue(_registry.status(key.id) == IDeviceRegistry.Status.Suspended, "suspended");
        vm.assertEq(_registry.changedAt(key.id), 5000, "changedAt");
        vm.expectRevert(_wrongStatus(key.id, IDeviceRegistry.Status.Suspended));
        vm.prank(_owner);
        _registry.suspend(key.id);
        vm.prank(_owner);
        _registry.resume(key.id);
        vm.assertTrue(_registry.status(key.id) == IDeviceRegistry.Status.Active, "active");
    }

    function testFuzz_5_nothing_moves_a_retired_device(uint256 seed, uint8 action) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        _enrol(key, _owner, 1);
        vm.prank(_owner);
        _registry.retire(key.id);
        vm.assertEq(_registry.device(key.id).owner, _owner, "owner is remembered");
        vm.assertEq(_registry.identityOwner(key.id), address(0), "DID is deactivated");
        Key memory next = _key(2, 0xf1e1d5ea1f1e1d5ea1f1e1d5ea1);
        IDeviceRegistry.Rotation memory rotation = _rotation(key, key.id, next, false);
        Signature memory rotate = _signAction(key, _rotateHash(rotation));
        Signature memory transfer = _signAction(key, _transferHash(key.id, _buyer, 0, 0, FAR));
        vm.expectRevert(_wrongStatus(key.id, IDeviceRegistry.Status.Retired));
        vm.prank(_owner);
        action %= 6;
        if (action == 0) _registry.suspend(key.id);
        if (action == 1) _registry.resume(key.id);
        if (action == 2) _registry.retire(key.id);
        if (action == 3) _registry.setHome(key.id, 2);
        if (action == 4) _registry.rotate(rotation, rotate, "");
        if (action == 5) _registry.transfer(key.id, key.open, _buyer, 0, FAR, transfer, "", "");
    }

    function testFuzz_11_another_home_comes_into_force_after_the_delay(
        uint64 first,
        uint64 second,
        uint32 wait
    ) public {
        Key memory key = _key(2, 5);
        vm.assume(first != 0 && first != second);
        vm.warp(500);
        _enrol(key, _owner, 0);
        vm.warp(1000);
        vm.prank(_owner);
        _registry.setHome(key.id, first);
        vm.assertEq(_registry.home(key.id), first, "the first at once");
        vm.assertEq(_registry.changedAt(key.id), 1000, "a change");
        vm.prank(_owner);
        _registry.setHome(key.id, second);
        vm.warp(1000 + uint256(wait));
        bool due = wait >= _registry.REHOME_DELAY();
        IDeviceRegistry.Device memory device = _registry.device(key.id);
        vm.assertEq(_registry.home(key.id), due ? second : first, "home");
        vm.assertEq(device.home, due ? second : first, "home of device");
        vm.assertEq(device.pendingHome, due ? 0 : second, "pending");
        vm.assertEq(device.pendingHomeAt, due ? 0 : 1000 + 1 days, "pending at");
        vm.assertEq(_registry.changedAt(key.id), due ? 1000 + 1 days : 1000, "changedAt");
    }

    function test_11_setting_the_home_in_force_takes_an_announced_one_back() public {
        Key memory key = _key(2, 5);
        _enrol(key, _owner, 1);
        vm.prank(_owner);
        _registry.setHome(key.id, 2);
        vm.prank(_owner);
        _registry.setHome(key.id, 1);
        vm.warp(block.timestamp + 30 days);
        vm.assertEq(_registry.home(key.id), 1, "home");
    }

    function test_11_a_transfer_drops_the_home_that_the_old_owner_announced() public {
        Key memory key = _key(2, 5);
        _enrol(key, _owner, 1);
        vm.prank(_owner);
        _registry.setHome(key.id, 2);
        vm.expectEmit(address(_registry));
        emit IDeviceRegistry.HomeAnnounced(key.id, 1, uint64(block.timestamp));
        _transfer(key, key.id, _buyer);
        vm.warp(block.timestamp + 30 days);
        vm.assertEq(_registry.home(key.id), 1, "home");
    }

    function test_11_a_transfer_keeps_an_announced_home_that_came_into_force() public {
        Key memory key = _key(2, 5);
        _enrol(key, _owner, 1);
        vm.prank(_owner);
        _registry.setHome(key.id, 2);
        uint256 due = block.timestamp + 1 days;
        vm.warp(due + 1 hours);
        _transfer(key, key.id, _buyer);
        vm.assertEq(_registry.home(key.id), 2, "home");
        vm.assertEq(_registry.changedAt(key.id), due, "since when");
    }

    function test_11_a_home_that_came_into_force_stays_until_the_next_one_does() public {
        Key memory key = _key(2, 5);
        vm.warp(1000);
        _enrol(key, _owner, 1);
        vm.prank(_owner);
        _registry.setHome(key.id, 2);
        vm.warp(1000 + 2 days);
        vm.prank(_owner);
        _registry.setHome(key.id, 3);
        vm.assertEq(_registry.home(key.id), 2, "the second");
        vm.assertEq(_registry.changedAt(key.id), 1000 + 1 days, "since when");
        vm.warp(1000 + 3 days);
        vm.assertEq(_registry.home(key.id), 3, "the third");
        vm.assertEq(_registry.changedAt(key.id), 1000 + 3 days, "since when");
    }

    function testFuzz_12_tokens_cannot_be_moved_or_lent(uint256 seed, uint8 action) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        _enrol(key, _owner, 1);
        uint256 token = uint160(key.id);
        vm.assertTrue(_registry.locked(token), "locked");
        vm.expectRevert(IDeviceRegistry.RegistryViewOnly.selector);
        vm.prank(_owner);
        action %= 5;
        if (action == 0) _registry.transferFrom(_owner, _buyer, token);
        if (action == 1) _registry.safeTransferFrom(_owner, _buyer, token);
        if (action == 2) _registry.safeTransferFrom(_owner, _buyer, token, "");
        if (action == 3) _registry.approve(_buyer, token);
        if (action == 4) _registry.setApprovalForAll(_buyer, true);
    }

    function testFuzz_14_the_message_domain_follows_a_fork_of_the_chain(uint64 chain) public {
        vm.assume(chain != 0);
        vm.chainId(chain);
        vm.assertEq(
            _registry.messageDomain(),
            keccak256(abi.encode("fieldseal/1", uint256(chain), address(_registry))),
            "domain"
        );
    }

    function _deviceSignature(address device) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDeviceRegistry.RegistryDeviceSignature.selector, device);
    }

    function _ownerSignature(address device, address owner) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(IDeviceRegistry.RegistryOwnerSignature.selector, device, owner);
    }

    function _wrongStatus(
        address device,
        IDeviceRegistry.Status status
    ) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDeviceRegistry.RegistryWrongStatus.selector, device, status);
    }
}
