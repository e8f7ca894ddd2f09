// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceRegistry} from "../../contracts/interfaces/IDeviceRegistry.sol";
import {PublicKey, Signature} from "../../contracts/interfaces/IKeyVerifiers.sol";
import {Key} from "./support/Keys.sol";
import {RegistryTest} from "./support/RegistryTest.sol";

/// @notice Rotation and transfer, and what signatures are not good for. Numbers are those of
/// docs/properties/DeviceRegistry.md.
contract DeviceRegistrySignaturesTest is RegistryTest {
    // Secrets that no fuzzed key meets.
    uint256 private constant NEXT = 0xf1e1d5ea1f1e1d5ea1f1e1d5ea1;
    uint256 private constant ANOTHER = 0xf1e1d5ea2f1e1d5ea2f1e1d5ea2;

    function testFuzz_6_rotates_by_device_and_owner(uint256 seed, bool compromised) public {
        Key memory key = _key(_keyType(seed), seed >> 2);
        Key memory next = _key(_keyType(seed >> 1), NEXT);
        vm.roll(10);
        _enrol(key, _owner, 1);
        vm.roll(20);
        IDeviceRegistry.Rotation memory rotation = _rotation(key, key.id, next, compromised);
        bytes32 action = _rotateHash(rotation);
        // Relayed by this contract: the owner signs as well.
        Signature memory word = _signAction(key, action);
        _registry.rotate(rotation, word, _signAsOwner(OWNER_SECRET, action));
        vm.assertEq(_registry.keyIdOf(key.id, 1), next.id, "next key");
        vm.assertEq(_registry.keyIdOf(key.id, 0), key.id, "genesis key");
        vm.assertEq(_registry.device(key.id).keyIndex, 1, "index");
        IDeviceRegistry.KeySpan memory ended = _registry.keySpan(key.id, 0);
        vm.assertEq(ended.fromBlock, 10, "from");
        vm.assertEq(ended.untilBlock, 20, "until");
        vm.assertTrue(ended.compromised == compromised, "compromised");
        vm.assertTrue(_registry.wasKeyAt(key.id, 0, 19), "old key before");
        vm.assertFalse(_registry.wasKeyAt(key.id, 0, 20), "old key at the rotation");
        vm.assertTrue(_registry.wasKeyAt(key.id, 1, 20), "new key at the rotation");
        vm.assertFalse(_registry.wasKeyAt(key.id, 1, 19), "new key before");
        vm.assertFalse(_registry.wasKeyAt(key.id, 1, 21), "the future is not known");
    }

    function testFuzz_6_the_devices_key_alone_cannot_rotate(uint256 seed, address thief) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        vm.assume(thief != _owner);
        _enrol(key, _owner, 1);
        IDeviceRegistry.Rotation memory rotation = _rotation(key, key.id, _key(2, NEXT), false);
        bytes32 action = _rotateHash(rotation);
        Signature memory word = _signAction(key, action);
        vm.expectRevert(_ownerSignature(key.id));
        vm.prank(thief);
        _registry.rotate(rotation, word, "");
        bytes memory forged = key.open.keyType == 1 ? _signAsOwner(key.secret, action) : bytes("");
        vm.expectRevert(_ownerSignature(key.id));
        _registry.rotate(rotation, word, forged);
    }

    function testFuzz_6_the_owner_alone_cannot_rotate(uint256 seed) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        Key memory next = _key(2, NEXT);
        _enrol(key, _owner, 1);
        IDeviceRegistry.Rotation memory rotation = _rotation(key, key.id, next, false);
        Signature memory word = _signAction(next, _rotateHash(rotation));
        vm.expectRevert(_deviceSignature(key.id));
        vm.prank(_owner);
        _registry.rotate(rotation, word, "");
        rotation.current = next.open;
        vm.expectRevert(_wrongKey(key.id, next.id));
        vm.prank(_owner);
        _registry.rotate(rotation, word, "");
    }

    function testFuzz_6_a_key_that_was_rotated_out_signs_nothing_more(uint256 seed) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        Key memory next = _key(2, NEXT);
        _enrol(key, _owner, 1);
        _rotate(key, key.id, next);
        IDeviceRegistry.Rotation memory rotation = _rotation(key, key.id, _key(1, ANOTHER), false);
        Signature memory word = _signAction(key, _rotateHash(rotation));
        vm.expectRevert(_wrongKey(key.id, key.id));
        vm.prank(_owner);
        _registry.rotate(rotation, word, "");
        word = _signAction(key, _transferHash(key.id, _buyer, 0, 1, FAR));
        vm.expectRevert(_wrongKey(key.id, key.id));
        vm.prank(_owner);
        _registry.transfer(key.id, key.open, _buyer, 1, FAR, word, "", "");
    }

    function testFuzz_6_no_rotation_to_a_key_that_cannot_sign(uint256 seed, bytes32 x) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        _enrol(key, _owner, 1);
        IDeviceRegistry.Rotation memory rotation = _rotation(key, key.id, key, false);
        Signature memory word = _signAction(key, _rotateHash(rotation));
        vm.expectRevert(_wrongKey(key.id, key.id));
        vm.prank(_owner);
        _registry.rotate(rotation, word, "");
        rotation.next = PublicKey(uint8(seed % 4), x, bytes32(seed));
        word = _signAction(key, _rotateHash(rotation));
        vm.expectRevert(_wrongKey(key.id, _keyId(rotation.next)));
        vm.prank(_owner);
        _registry.rotate(rotation, word, "");
    }

    function testFuzz_7_transfers_by_device_owner_and_new_owner(uint256 seed, uint8 relay) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        _enrol(key, _owner, 1);
        bytes32 action = _transferHash(key.id, _buyer, 0, 0, FAR);
        Signature memory word = _signAction(key, action);
        // Owner, new owner or anybody sends it; whoever does not send it signs.
        address sender =
            relay % 3 == 0
                ? _owner
                : relay % 3 == 1
                    ? _buyer
                    : address(0xCAFE);
        bytes memory ownerWord;
        if (sender != _owner) ownerWord = _signAsOwner(OWNER_SECRET, action);
        bytes memory acceptance;
        if (sender != _buyer) acceptance = _acceptance(key.id, _buyer, 0);
        vm.prank(sender);
        _registry.transfer(key.id, key.open, _buyer, 0, FAR, word, ownerWord, acceptance);
        vm.assertEq(_registry.ownerOf(uint160(key.id)), _buyer, "owner");
        vm.assertEq(_registry.device(key.id).ownerEpoch, 1, "epoch");
        vm.assertEq(_registry.balanceOf(_owner), 0, "seller");
        vm.assertEq(_registry.balanceOf(_buyer), 1, "buyer");
    }

    function testFuzz_7_neither_device_nor_owner_alone_transfers(uint256 seed, address to) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        vm.assume(to != address(0) && to != key.id && to != _owner);
        _enrol(key, _owner, 1);
        bytes32 action = _transferHash(key.id, to, 0, 0, FAR);
        Signature memory word = _signAction(key, action);
        vm.expectRevert(_ownerSignature(key.id));
        vm.prank(to);
        _registry.transfer(key.id, key.open, to, 0, FAR, word, "", "");
        word = _signAction(_key(1, ANOTHER), action);
        vm.expectRevert(_deviceSignature(key.id));
        vm.prank(_owner);
        _registry.transfer(key.id, key.open, to, 0, FAR, word, "", "");
    }

    function testFuzz_7_nobody_is_handed_a_device_that_he_did_not_accept(
        uint256 seed,
        uint8 field
    ) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        _enrol(key, _owner, 1);
        Signature memory word = _signAction(key, _transferHash(key.id, _buyer, 0, 0, FAR));
        bytes32 accepted = _acceptHash(key.id, _buyer, 0, 0, FAR);
        field %= 7;
        // The same fields under another name are another word.
        if (field == 0) accepted = _transferHash(key.id, _buyer, 0, 0, FAR);
        if (field == 1) accepted = _acceptHash(_owner, _buyer, 0, 0, FAR);
        if (field == 2) accepted = _acceptHash(key.id, _owner, 0, 0, FAR);
        if (field == 3) accepted = _acceptHash(key.id, _buyer, 1, 0, FAR);
        if (field == 4) accepted = _acceptHash(key.id, _buyer, 0, 1, FAR);
        if (field == 5) accepted = _acceptHash(key.id, _buyer, 0, 0, FAR - 1);
        bytes memory acceptance = _signAsOwner(BUYER_SECRET, accepted);
        if (field == 6) acceptance = "";
        vm.expectRevert(
            abi.encodeWithSelector(
                IDeviceRegistry.RegistryRecipientSignature.selector,
                key.id,
                _buyer
            )
        );
        vm.prank(_owner);
        _registry.transfer(key.id, key.open, _buyer, 0, FAR, word, "", acceptance);
    }

    function testFuzz_7_what_was_signed_before_a_transfer_is_void(uint256 seed) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        _enrol(key, _owner, 1);
        uint256 lane = uint256(7) << 64;
        // The old owner keeps a rotation in another lane, signed by both.
        IDeviceRegistry.Rotation memory rotation = _rotation(key, key.id, _key(1, ANOTHER), false);
        rotation.nonce = lane;
        bytes32 action = _rotateHash(rotation);
        Signature memory word = _signAction(key, action);
        bytes memory ownerWord = _signAsOwner(OWNER_SECRET, action);
        _transfer(key, key.id, _buyer);
        vm.expectRevert(_deviceSignature(key.id));
        _registry.rotate(rotation, word, ownerWord);
        // And back again: the epoch does not come back with the owner.
        _transfer(key, key.id, _owner);
        vm.expectRevert(_deviceSignature(key.id));
        _registry.rotate(rotation, word, ownerWord);
    }

    function testFuzz_7_the_old_owner_has_no_say_after_a_transfer(uint256 seed) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        _enrol(key, _owner, 1);
        _transfer(key, key.id, _buyer);
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryNotOwner.selector, key.id, _owner)
        );
        vm.prank(_owner);
        _registry.suspend(key.id);
        bytes32 action = _transferHash(key.id, _owner, 1, 1, FAR);
        Signature memory word = _signAction(key, action);
        bytes memory ownerWord = _signAsOwner(OWNER_SECRET, action);
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryOwnerSignature.selector, key.id, _buyer)
        );
        _registry.transfer(key.id, key.open, _owner, 1, FAR, word, ownerWord, "");
    }

    function testFuzz_8_a_signature_is_used_once(uint256 seed, uint192 lane) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        _enrol(key, _owner, 1);
        uint256 nonce = uint256(lane) << 64;
        bytes32 action = _transferHash(key.id, _owner, 0, nonce, FAR);
        Signature memory word = _signAction(key, action);
        bytes memory ownerWord = _signAsOwner(OWNER_SECRET, action);
        bytes memory acceptance = _acceptance(key.id, _owner, nonce);
        _registry.transfer(key.id, key.open, _owner, nonce, FAR, word, ownerWord, acceptance);
        vm.assertEq(_registry.nonceOf(key.id, lane), 1, "counter");
        vm.expectRevert(_nonce(key.id, nonce));
        _registry.transfer(key.id, key.open, _owner, nonce, FAR, word, ownerWord, acceptance);
    }

    function testFuzz_8_counters_of_a_lane_are_not_skipped(uint256 seed, uint64 counter) public {
        vm.assume(counter != 0);
        Key memory key = _key(_keyType(seed), seed >> 1);
        _enrol(key, _owner, 1);
        Signature memory word = _signAction(key, _transferHash(key.id, _buyer, 0, counter, FAR));
        vm.expectRevert(_nonce(key.id, counter));
        vm.prank(_owner);
        _registry.transfer(key.id, key.open, _buyer, counter, FAR, word, "", "");
    }

    function testFuzz_8_a_signature_expires(uint256 seed, uint32 deadline, uint32 late) public {
        vm.assume(late != 0);
        Key memory key = _key(_keyType(seed), seed >> 1);
        Signature memory word = _signAction(key, _enrolHash(key.id, _owner, 1, deadline));
        vm.warp(uint256(deadline) + late);
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryExpired.selector, uint64(deadline))
        );
        vm.prank(_owner);
        _registry.enrol(key.open, 1, deadline, word);
        vm.warp(deadline);
        vm.prank(_owner);
        _registry.enrol(key.open, 1, deadline, word);
    }

    function testFuzz_8_a_rotation_and_a_transfer_expire(uint32 deadline, uint32 late) public {
        vm.assume(late != 0);
        Key memory key = _key(2, 5);
        _enrol(key, _owner, 1);
        IDeviceRegistry.Rotation memory rotation = _rotation(key, key.id, _key(1, NEXT), false);
        rotation.deadline = deadline;
        Signature memory rotate = _signAction(key, _rotateHash(rotation));
        Signature memory transfer = _signAction(key, _transferHash(key.id, _owner, 0, 0, deadline));
        vm.warp(uint256(deadline) + late);
        bytes memory refused = abi.encodeWithSelector(
            IDeviceRegistry.RegistryExpired.selector,
            uint64(deadline)
        );
        vm.expectRevert(refused);
        vm.prank(_owner);
        _registry.rotate(rotation, rotate, "");
        vm.expectRevert(refused);
        vm.prank(_owner);
        _registry.transfer(key.id, key.open, _owner, 0, deadline, transfer, "", "");
    }

    function testFuzz_8_a_rotation_spends_the_next_nonce_of_its_lane(
        uint192 lane,
        uint64 counter
    ) public {
        vm.assume(counter != 0);
        Key memory key = _key(2, 5);
        _enrol(key, _owner, 1);
        IDeviceRegistry.Rotation memory rotation = _rotation(key, key.id, _key(1, NEXT), false);
        rotation.nonce = (uint256(lane) << 64) | counter;
        Signature memory word = _signAction(key, _rotateHash(rotation));
        vm.expectRevert(_nonce(key.id, rotation.nonce));
        vm.prank(_owner);
        _registry.rotate(rotation, word, "");
        rotation.nonce = uint256(lane) << 64;
        word = _signAction(key, _rotateHash(rotation));
        vm.prank(_owner);
        _registry.rotate(rotation, word, "");
        vm.assertEq(_registry.nonceOf(key.id, lane), 1, "spent");
    }

    function testFuzz_8_a_signature_for_one_action_is_none_for_another(uint256 seed) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        _enrol(key, _owner, 1);
        IDeviceRegistry.Rotation memory rotation = _rotation(key, key.id, _key(2, NEXT), false);
        Signature memory rotate = _signAction(key, _rotateHash(rotation));
        Signature memory transfer = _signAction(key, _transferHash(key.id, _buyer, 0, 0, FAR));
        vm.expectRevert(_deviceSignature(key.id));
        vm.prank(_owner);
        _registry.transfer(key.id, key.open, _buyer, 0, FAR, rotate, "", "");
        vm.expectRevert(_deviceSignature(key.id));
        vm.prank(_owner);
        _registry.rotate(rotation, transfer, "");
        rotation.compromised = true;
        vm.expectRevert(_deviceSignature(key.id));
        vm.prank(_owner);
        _registry.rotate(rotation, rotate, "");
    }

    function testFuzz_8_a_signature_is_for_one_registry_on_one_chain(uint256 seed) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        Signature memory word = _signAction(key, _enrolHash(key.id, _owner, 1, FAR));
        IDeviceRegistry another = _deployRegistry();
        vm.expectRevert(_deviceSignature(key.id));
        vm.prank(_owner);
        another.enrol(key.open, 1, FAR, word);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(_deviceSignature(key.id));
        vm.prank(_owner);
        _registry.enrol(key.open, 1, FAR, word);
    }

    function _deviceSignature(address device) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDeviceRegistry.RegistryDeviceSignature.selector, device);
    }

    function _ownerSignature(address device) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(IDeviceRegistry.RegistryOwnerSignature.selector, device, _owner);
    }

    function _wrongKey(address device, address id) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDeviceRegistry.RegistryKey.selector, device, id);
    }

    function _nonce(address device, uint256 nonce) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDeviceRegistry.RegistryNonce.selector, device, nonce);
    }
}
