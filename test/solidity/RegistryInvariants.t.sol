// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceRegistry} from "../../contracts/interfaces/IDeviceRegistry.sol";
import {Signature} from "../../contracts/interfaces/IKeyVerifiers.sol";
import {Key} from "./support/Keys.sol";
import {IRegistry, RegistryTest} from "./support/RegistryTest.sol";

/// @notice Anybody doing anything with a few devices and owners, in any order; what may revert is tried all the same.
contract RegistryActor is RegistryTest {
    uint256 private constant DEVICES = 4;

    address[] public devices;
    /// @notice Key ids by device and index, as they were made.
    mapping(address device => address[]) private _made;
    mapping(address device => Key) private _current;
    mapping(address device => bool) public retired;
    mapping(address device => uint256) public epochs;
    /// @notice Who said last, by a signature or a transaction of the owner's, that a device is whose.
    mapping(address device => address) public owners;
    mapping(address device => Key) private _announced;
    mapping(address device => address) private _promised;
    mapping(address device => uint256) private _announcedAt;
    uint256 private _lastSecret = 1000;
    bool private _tooEarly;

    function registry() external view returns (IRegistry) {
        return _registry;
    }

    function made(address device) external view returns (address[] memory) {
        return _made[device];
    }

    function enrol(uint256 seed, bool seller, uint64 home) external {
        if (devices.length == DEVICES) return;
        Key memory key = _key(_keyType(seed), ++_lastSecret);
        _enrol(key, seller ? _owner : _buyer, home);
        devices.push(key.id);
        _made[key.id].push(key.id);
        _current[key.id] = key;
        owners[key.id] = seller ? _owner : _buyer;
    }

    function suspend(uint256 seed, bool seller) external {
        vm.prank(seller ? _owner : _buyer);
        _registry.suspend(_device(seed));
    }

    function resume(uint256 seed, bool seller) external {
        vm.prank(seller ? _owner : _buyer);
        _registry.resume(_device(seed));
    }

    function retire(uint256 seed, bool seller) external {
        address device = _device(seed);
        vm.prank(seller ? _owner : _buyer);
        _registry.retire(device);
        retired[device] = true;
        _drop(device);
    }

    function setHome(uint256 seed, bool seller, uint64 home) external {
        vm.prank(seller ? _owner : _buyer);
        _registry.setHome(_device(seed), home);
    }

    function rotate(uint256 seed) external {
        address device = _device(seed);
        Key memory next = _key(_keyType(seed), ++_lastSecret);
        _rotate(_current[device], device, next);
        _made[device].push(next.id);
        _current[device] = next;
        _drop(device);
    }

    function transfer(uint256 seed, bool toSeller) external {
        address device = _device(seed);
        address to = toSeller ? _owner : _buyer;
        _transfer(_current[device], device, to);
        ++epochs[device];
        owners[device] = to;
        _drop(device);
    }

    function announceKey(uint256 seed, bool seller) external {
        address device = _device(seed);
        Key memory next = _key(_keyType(seed), ++_lastSecret);
        vm.prank(seller ? _owner : _buyer);
        _registry.announceKeyRecovery(device, next.open, false);
        _drop(device);
        _announced[device] = next;
        _announcedAt[device] = block.timestamp;
    }

    function announceTransfer(uint256 seed, bool seller, bool toSeller) external {
        address device = _device(seed);
        address to = toSeller ? _owner : _buyer;
        vm.prank(seller ? _owner : _buyer);
        _registry.announceTransfer(device, _current[device].open, to);
        _drop(device);
        _promised[device] = to;
        _announcedAt[device] = block.timestamp;
    }

    function completeKey(uint256 seed, bool seller, uint32 time) external {
        address device = _device(seed);
        vm.warp(block.timestamp + (time % 10 days));
        Key memory next = _announced[device];
        vm.prank(seller ? _owner : _buyer);
        _registry.completeKeyRecovery(device, _current[device].open, next.open);
        _tooEarly = _tooEarly || block.timestamp < _announcedAt[device] + 7 days;
        _made[device].push(next.id);
        _current[device] = next;
        _drop(device);
    }

    function completeTransfer(uint256 seed, bool seller, uint32 time) external {
        address device = _device(seed);
        vm.warp(block.timestamp + (time % 10 days));
        address caller = seller ? _owner : _buyer;
        vm.prank(caller);
        _registry.completeTransfer(device);
        _tooEarly = _tooEarly || block.timestamp < _announcedAt[device] + 7 days;
        ++epochs[device];
        owners[device] = _promised[device];
        _drop(device);
    }

    function veto(uint256 seed) external {
        address device = _device(seed);
        (, bytes32 id) = _registry.recoveryOf(device);
        uint256 nonce = _registry.nonceOf(device, 0);
        uint32 epoch = _registry.device(device).ownerEpoch;
        Key memory key = _current[device];
        Signature memory word = _signAction(key, _vetoHash(device, id, epoch, nonce, FAR));
        _registry.veto(device, key.open, nonce, FAR, word);
        _drop(device);
    }

    function cancel(uint256 seed, bool seller) external {
        address device = _device(seed);
        vm.prank(seller ? _owner : _buyer);
        _registry.cancelRecovery(device);
        _drop(device);
    }

    /// @notice Whether something is announced that nothing has overtaken.
    function isAnnounced(address device) external view returns (bool) {
        return _announcedAt[device] != 0;
    }

    function tooEarly() external view returns (bool) {
        return _tooEarly;
    }

    function wait(uint16 blocks, uint32 time) external {
        vm.roll(block.number + blocks);
        vm.warp(block.timestamp + (time % 10 days));
    }

    function _drop(address device) private {
        delete _announced[device];
        delete _promised[device];
        delete _announcedAt[device];
    }

    function _device(uint256 seed) private view returns (address) {
        vm.assume(devices.length != 0);
        return devices[seed % devices.length];
    }
}

/// @notice Numbers are those of docs/properties/DeviceRegistry.md.
contract RegistryInvariantsTest is RegistryTest {
    RegistryActor private _actor;

    function setUp() public {
        _actor = new RegistryActor();
        _actor.enrol(1, true, 1);
        _actor.enrol(2, false, 0);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_actor);
    }

    function invariant_9_key_spans_follow_each_other_without_gap_or_overlap() public view {
        IRegistry registry = _actor.registry();
        for (uint256 i = 0; i < 2; ++i) {
            address device = _actor.devices(i);
            uint32 last = registry.device(device).keyIndex;
            uint256 from = registry.device(device).enrolledBlock;
            for (uint32 k = 0; k <= last; ++k) {
                IDeviceRegistry.KeySpan memory span = registry.keySpan(device, k);
                vm.assertEq(span.fromBlock, from, "from where the last ended");
                vm.assertTrue((span.untilBlock == 0) == (k == last), "one is current");
                from = span.untilBlock;
            }
            vm.assertEq(registry.keyIdOf(device, last + 1), address(0), "none after the last");
        }
    }

    function invariant_10_a_key_id_never_changes() public view {
        for (uint256 i = 0; i < 2; ++i) {
            address device = _actor.devices(i);
            address[] memory made = _actor.made(device);
            vm.assertEq(_actor.registry().device(device).keyIndex + 1, made.length, "count");
            for (uint32 k = 0; k < made.length; ++k) {
                vm.assertEq(_actor.registry().keyIdOf(device, k), made[k], "key id");
            }
        }
    }

    function invariant_5_what_is_retired_stays_retired() public view {
        for (uint256 i = 0; i < 2; ++i) {
            address device = _actor.devices(i);
            bool retired = _actor.registry().status(device) == IDeviceRegistry.Status.Retired;
            vm.assertTrue(retired == _actor.retired(device), "retired");
        }
    }

    function invariant_7_the_owner_epoch_counts_transfers() public view {
        for (uint256 i = 0; i < 2; ++i) {
            address device = _actor.devices(i);
            uint256 epoch = _actor.registry().device(device).ownerEpoch;
            vm.assertEq(epoch, _actor.epochs(device), "epoch");
        }
    }

    function invariant_7_no_path_moves_a_device_without_its_owner() public view {
        for (uint256 i = 0; i < 2; ++i) {
            address device = _actor.devices(i);
            vm.assertEq(_actor.registry().device(device).owner, _actor.owners(device), "owner");
        }
    }

    function invariant_18_what_is_announced_waits_and_is_overtaken() public view {
        vm.assertFalse(_actor.tooEarly(), "too early");
        for (uint256 i = 0; i < 2; ++i) {
            address device = _actor.devices(i);
            bool pending = _actor.registry().device(device).recoveryAt != 0;
            vm.assertTrue(pending == _actor.isAnnounced(device), "announced");
        }
    }

    function invariant_12_balances_count_the_devices_that_are_not_retired() public view {
        IRegistry registry = _actor.registry();
        uint256 alive = 0;
        for (uint256 i = 0; i < 4; ++i) {
            try _actor.devices(i) returns (address device) {
                if (registry.owners(device) != address(0)) ++alive;
            } catch {
                break;
            }
        }
        vm.assertEq(registry.balanceOf(_owner) + registry.balanceOf(_buyer), alive, "balances");
    }
}
