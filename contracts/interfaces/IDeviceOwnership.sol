// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceRegistry} from "./IDeviceRegistry.sol";

/// @title Whose a device is, in one storage read
interface IDeviceOwnership {
    /// @return owner Account that owns the device; kept after retirement, zero if it was never enrolled
    /// @return ownerEpoch Counts owners: what was granted or signed in an earlier epoch is void
    /// @return status As `IDeviceRegistry.status`
    function ownership(
        address device
    ) external view returns (address owner, uint32 ownerEpoch, IDeviceRegistry.Status status);
}
