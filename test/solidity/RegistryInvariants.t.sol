// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceRegistry} from "../../contracts/interfaces/IDeviceRegistry.sol";
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
    uint256 private _lastSecret = 1000;

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
    }

    function transfer(uint256 seed, bool toSeller) external {
        address device = _device(seed);
        _transfer(_current[device], device, toSeller ? _owner : _buyer);
        ++epochs[device];
    }

    function wait(uint16 blocks, uint32 time) external {
        vm.roll(block.number + blocks);
        vm.warp(block.timestamp + (time % 3 days));
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
