// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IDeviceRegistry} from "../../contracts/interfaces/IDeviceRegistry.sol";
import {Signature} from "../../contracts/interfaces/IKeyVerifiers.sol";
import {Key} from "./support/Keys.sol";
import {IRegistry, RegistryTest} from "./support/RegistryTest.sol";

/// @notice An ERC-1271 owner that signs everything and, while it is asked, tries to change the device itself.
contract ReenteringOwner {
    IRegistry private immutable _registry;
    address private immutable _device;

    error ReenteredWithSuccess();

    constructor(IRegistry registry, address device) {
        (_registry, _device) = (registry, device);
    }

    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        // What a static call forbids burns the gas that it is given.
        (bool retired, ) = address(_registry).call{gas: gasleft() / 4}(
            abi.encodeCall(IDeviceRegistry.retire, (_device))
        );
        (bool rehomed, ) = address(_registry).call{gas: gasleft() / 4}(
            abi.encodeCall(IDeviceRegistry.setHome, (_device, 666))
        );
        if (retired || rehomed) revert ReenteredWithSuccess();
        return IERC1271.isValidSignature.selector;
    }
}

/// @notice An ERC-1271 owner whose answers are long, or of the wrong shape.
contract AnsweringOwner {
    uint256 private immutable _length;

    constructor(uint256 length) {
        _length = length;
    }

    fallback() external {
        uint256 length = _length;
        bytes4 selector = IERC1271.isValidSignature.selector;
        assembly ("memory-safe") {
            let answer := mload(0x40)
            mstore(answer, selector)
            return(answer, length)
        }
    }
}

/// @notice What attackers try. Numbers are those of docs/properties/DeviceRegistry.md.
contract RegistryAttacksTest is RegistryTest {
    uint256 private constant NEXT = 0xf1e1d5ea1f1e1d5ea1f1e1d5ea1;
    uint256 private constant ANOTHER = 0xf1e1d5ea2f1e1d5ea2f1e1d5ea2;

    function testFuzz_3_the_account_of_a_devices_key_enrols_no_device(uint256 seed) public {
        Key memory key = _key(1, seed);
        address account = vm.addr(key.secret);
        Signature memory word = _signAction(key, _enrolHash(key.id, account, 1, FAR));
        vm.expectRevert(_ownerIsDevice(account));
        vm.prank(account);
        _registry.enrol(key.open, 1, FAR, word);
        bytes memory adopt = _signAsOwner(key.secret, _adoptHash(key.id, account, 1, FAR));
        vm.expectRevert(_ownerIsDevice(account));
        _registry.enrolFor(account, key.open, 1, FAR, word, adopt);
    }

    function testFuzz_3_no_device_comes_under_the_account_of_its_key_later(uint256 seed) public {
        Key memory key = _key(1, seed);
        address account = vm.addr(key.secret);
        vm.assume(account != _owner);
        _enrol(key, _owner, 1);
        Signature memory word = _signAction(key, _transferHash(key.id, account, 0, 0, FAR));
        vm.expectRevert(_ownerIsDevice(account));
        vm.prank(_owner);
        _registry.transfer(key.id, key.open, account, 0, FAR, word, "", "");
        // Nor does the account of the next key become the device's own.
        IDeviceRegistry.Rotation memory rotation = _rotation(
            key,
            key.id,
            _key(1, OWNER_SECRET),
            false
        );
        word = _signAction(key, _rotateHash(rotation));
        vm.expectRevert(_ownerIsDevice(_owner));
        vm.prank(_owner);
        _registry.rotate(rotation, word, "");
    }

    function testFuzz_5_a_home_announced_before_retirement_never_comes_into_force(
        uint32 retiredAfter,
        uint32 later
    ) public {
        Key memory key = _key(2, 5);
        vm.warp(1000);
        _enrol(key, _owner, 1);
        vm.prank(_owner);
        _registry.setHome(key.id, 2);
        uint256 end = 1000 + uint256(retiredAfter);
        vm.warp(end);
        vm.prank(_owner);
        _registry.retire(key.id);
        bool inForce = retiredAfter >= _registry.REHOME_DELAY();
        vm.assertEq(_registry.changedAt(key.id), end, "changedAt");
        vm.warp(end + later);
        vm.assertEq(_registry.home(key.id), inForce ? 2 : 1, "home");
        vm.assertEq(_registry.changedAt(key.id), end, "changedAt later");
        vm.assertEq(_registry.device(key.id).pendingHomeAt, 0, "pending");
    }

    function test_7_an_owner_that_is_asked_changes_nothing_meanwhile() public {
        Key memory key = _key(2, 5);
        address wallet = address(new ReenteringOwner(_registry, key.id));
        _registry.enrolFor(
            wallet,
            key.open,
            1,
            FAR,
            _signAction(key, _enrolHash(key.id, wallet, 1, FAR)),
            "any"
        );
        IDeviceRegistry.Rotation memory rotation = _rotation(key, key.id, _key(1, NEXT), false);
        _registry.rotate(rotation, _signAction(key, _rotateHash(rotation)), "any");
        Key memory next = _key(1, NEXT);
        Signature memory word = _signAction(next, _transferHash(key.id, _buyer, 0, 1, FAR));
        bytes memory acceptance = _acceptance(key.id, _buyer, 1);
        _registry.transfer(key.id, next.open, _buyer, 1, FAR, word, "any", acceptance);
        vm.assertEq(_registry.ownerOf(uint160(key.id)), _buyer, "owner");
        vm.assertEq(_registry.home(key.id), 1, "home");
        vm.assertEq(_registry.balanceOf(wallet), 0, "old balance");
        vm.assertEq(_registry.balanceOf(_buyer), 1, "new balance");
    }

    function test_7_an_owners_answer_is_its_first_word_and_costs_the_relay_no_memory() public {
        Key memory key = _key(2, 5);
        address short = address(new AnsweringOwner(4));
        Signature memory word = _signAction(key, _enrolHash(key.id, short, 1, FAR));
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryOwnerSignature.selector, key.id, short)
        );
        _registry.enrolFor(short, key.open, 1, FAR, word, "any");
        // The answer's memory costs its owner's contract 28,500; copied, it would cost the relay as much again.
        uint256 usual = _adoptionGas(6, 32);
        vm.assertTrue(_adoptionGas(7, 100_000) - usual < 45_000, "copied");
    }

    function testFuzz_8_devices_that_share_a_key_share_no_signature(uint256 seed) public {
        Key memory shared = _key(_keyType(seed), seed >> 1);
        Key memory other = _key(2, ANOTHER);
        _enrol(shared, _owner, 1);
        _enrol(other, _owner, 1);
        _rotate(other, other.id, shared);
        // Both devices now have the same current key and owner; lane 1 is fresh in both.
        uint256 nonce = 1 << 64;
        bytes32 action = _transferHash(shared.id, _buyer, 0, nonce, FAR);
        Signature memory word = _signAction(shared, action);
        bytes memory ownerWord = _signAsOwner(OWNER_SECRET, action);
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryDeviceSignature.selector, other.id)
        );
        _registry.transfer(other.id, shared.open, _buyer, nonce, FAR, word, ownerWord, "");
    }

    function testFuzz_8_an_owners_signature_alone_is_for_one_chain_too(uint256 seed) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        _enrol(key, _owner, 1);
        bytes32 action = _transferHash(key.id, _buyer, 0, 0, FAR);
        bytes memory ownerWord = _signAsOwner(OWNER_SECRET, action);
        vm.chainId(block.chainid + 1);
        // The device signs again after the fork, the owner does not.
        Signature memory word = _signAction(key, action);
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryOwnerSignature.selector, key.id, _owner)
        );
        _registry.transfer(key.id, key.open, _buyer, 0, FAR, word, ownerWord, "");
    }

    function testFuzz_8_the_owner_signs_every_argument_of_a_rotation(
        uint256 seed,
        uint8 field
    ) public {
        Key memory key = _key(_keyType(seed), seed >> 1);
        _enrol(key, _owner, 1);
        IDeviceRegistry.Rotation memory rotation = _rotation(key, key.id, _key(2, NEXT), false);
        bytes memory ownerWord = _signAsOwner(OWNER_SECRET, _rotateHash(rotation));
        field %= 4;
        if (field == 0) rotation.next = _key(1, ANOTHER).open;
        if (field == 1) rotation.compromised = true;
        if (field == 2) rotation.nonce = 1 << 64;
        if (field == 3) rotation.deadline = FAR - 1;
        // A leaked device key signs whatever it is asked to.
        Signature memory word = _signAction(key, _rotateHash(rotation));
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.RegistryOwnerSignature.selector, key.id, _owner)
        );
        _registry.rotate(rotation, word, ownerWord);
    }

    function test_9_rotations_in_one_block_leave_one_key_current() public {
        vm.roll(10);
        Key memory key = _key(2, 5);
        _enrol(key, _owner, 1);
        _rotate(key, key.id, _key(1, NEXT));
        _rotate(_key(1, NEXT), key.id, _key(2, ANOTHER));
        vm.roll(12);
        for (uint256 blockNumber = 9; blockNumber <= 12; ++blockNumber) {
            vm.assertFalse(_registry.wasKeyAt(key.id, 0, blockNumber), "first");
            vm.assertFalse(_registry.wasKeyAt(key.id, 1, blockNumber), "second");
            vm.assertTrue(
                _registry.wasKeyAt(key.id, 2, blockNumber) == (blockNumber >= 10),
                "third"
            );
        }
    }

    function test_11_leaving_a_home_takes_the_delay_even_for_none() public {
        Key memory key = _key(2, 5);
        vm.warp(1000);
        _enrol(key, _owner, 1);
        vm.prank(_owner);
        _registry.setHome(key.id, 0);
        vm.warp(1000 + 1 days - 1);
        vm.assertEq(_registry.home(key.id), 1, "still at home");
        // Another name starts the delay anew.
        vm.prank(_owner);
        _registry.setHome(key.id, 2);
        vm.warp(1000 + 1 days);
        vm.assertEq(_registry.home(key.id), 1, "the first word is void");
        vm.prank(_owner);
        _registry.setHome(key.id, 0);
        vm.warp(1000 + 2 days);
        vm.assertEq(_registry.home(key.id), 0, "none");
        vm.prank(_owner);
        _registry.setHome(key.id, 3);
        vm.assertEq(_registry.home(key.id), 3, "from none at once");
    }

    function test_12_a_transfer_to_the_owner_himself_and_retirement_keep_the_balance() public {
        Key memory key = _key(2, 5);
        _enrol(key, _owner, 1);
        _enrol(_key(2, 6), _owner, 1);
        _transfer(key, key.id, _owner);
        vm.assertEq(_registry.balanceOf(_owner), 2, "both");
        vm.prank(_owner);
        _registry.suspend(key.id);
        vm.assertEq(_registry.balanceOf(_owner), 2, "a suspended one counts");
        vm.prank(_owner);
        _registry.retire(key.id);
        vm.assertEq(_registry.balanceOf(_owner), 1, "a retired one does not");
        vm.expectRevert(
            abi.encodeWithSignature("ERC721NonexistentToken(uint256)", uint160(key.id))
        );
        _registry.ownerOf(uint160(key.id));
        uint256 alias_ = uint160(_key(2, 6).id) | (1 << 160);
        vm.expectRevert(abi.encodeWithSignature("ERC721NonexistentToken(uint256)", alias_));
        _registry.ownerOf(alias_);
    }

    function testFuzz_12_a_token_that_there_is_not_has_neither_owner_nor_lock(
        uint256 seed,
        uint8 question
    ) public {
        Key memory key = _key(2, seed);
        uint256 token = uint160(key.id);
        if (seed % 2 == 0) {
            _enrol(key, _owner, 1);
            vm.prank(_owner);
            _registry.retire(key.id);
        }
        question %= 5;
        if (question == 4) {
            vm.expectRevert(abi.encodeWithSignature("ERC721InvalidOwner(address)", address(0)));
            _registry.balanceOf(address(0));
            return;
        }
        vm.expectRevert(abi.encodeWithSignature("ERC721NonexistentToken(uint256)", token));
        if (question == 0) _registry.ownerOf(token);
        if (question == 1) _registry.getApproved(token);
        if (question == 2) _registry.locked(token);
        if (question == 3) _registry.tokenURI(token);
    }

    function _adoptionGas(uint256 secret, uint256 answer) private returns (uint256) {
        Key memory key = _key(1, secret);
        address owner = address(new AnsweringOwner(answer));
        Signature memory word = _signAction(key, _enrolHash(key.id, owner, 1, FAR));
        uint256 before = gasleft();
        _registry.enrolFor(owner, key.open, 1, FAR, word, "any");
        return before - gasleft();
    }

    function _ownerIsDevice(address owner) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDeviceRegistry.RegistryOwnerIsDevice.selector, owner);
    }
}
