// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";
import {IERC1056} from "../interfaces/IERC1056.sol";
import {DeviceBook} from "./DeviceBook.sol";
import {DeviceState} from "./DeviceState.sol";

/// @title The registry as ERC-1056 sees it
abstract contract DeviceDid is IERC1056, DeviceBook {
    /// @inheritdoc IERC1056
    function identityOwner(address identity) external view returns (address) {
        if (_devices[identity].status == IDeviceRegistry.Status.None) return identity;
        return owners(identity);
    }

    /// @inheritdoc IERC1056
    function owners(address identity) public view returns (address) {
        DeviceState storage state = _devices[identity];
        return _isAlive(state.status) ? state.owner : address(0);
    }

    /// @inheritdoc IERC1056
    function changed(address identity) external view returns (uint256) {
        return _devices[identity].changedBlock;
    }

    /// @inheritdoc IERC1056
    function nonce(address identity) external view returns (uint256) {
        return _devices[identity].nonces[0];
    }

    /// @inheritdoc IERC1056
    function delegates(address, bytes32, address) external pure returns (uint256) {
        return 0;
    }

    /// @inheritdoc IERC1056
    function validDelegate(address, bytes32, address) external pure returns (bool) {
        return false;
    }
}
