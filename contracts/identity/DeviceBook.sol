// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";
import {DeviceState} from "./DeviceState.sol";

/// @title What the faces of the registry share
abstract contract DeviceBook {
    mapping(address device => DeviceState) internal _devices;
    /// @dev Devices that are not retired, by owner.
    mapping(address owner => uint256) internal _balances;

    /// @dev Whether `status` is of a device that is enrolled and not retired.
    function _isAlive(IDeviceRegistry.Status status) internal pure returns (bool) {
        return
            status == IDeviceRegistry.Status.Active || status == IDeviceRegistry.Status.Suspended;
    }
}
