// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceManifests} from "../interfaces/IDeviceManifests.sol";
import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";
import {DeviceState} from "./DeviceState.sol";

/// @title What the faces of the registry share
abstract contract DeviceBook {
    mapping(address device => DeviceState) internal _devices;
    /// @dev Devices that are not retired, by owner.
    mapping(address owner => uint256) internal _balances;
    mapping(uint64 manifest => IDeviceManifests.Manifest) internal _manifests;
    uint64 internal _manifestCount;

    /// @dev Whether `status` is of a device that is enrolled and not retired.
    function _isAlive(IDeviceRegistry.Status status) internal pure returns (bool) {
        return
            status == IDeviceRegistry.Status.Active || status == IDeviceRegistry.Status.Suspended;
    }

    /// @dev A unit that was cleared is concerned by later rounds only.
    function _isRecalled(DeviceState storage state) internal view returns (bool) {
        if (state.recalled) return true;
        IDeviceManifests.Manifest storage manifest = _manifests[state.manifest];
        return manifest.recalled && manifest.recallRound > state.clearedRound;
    }
}
