// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceRecovery} from "../interfaces/IDeviceRecovery.sol";
import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";
import {IDeviceManifests} from "../interfaces/IDeviceManifests.sol";
import {PublicKey, Signature} from "../interfaces/IKeyVerifiers.sol";
import {DeviceChecks} from "./DeviceChecks.sol";
import {DeviceKeys} from "./DeviceKeys.sol";
import {DeviceState, DeviceStates} from "./DeviceState.sol";
import {DidAttributes} from "./DidAttributes.sol";

/// @title What more than one way leads to: a device comes in, changes its key, changes hands
/// @dev The callers asked whose word it takes.
abstract contract DeviceMoves is DeviceChecks {
    using DeviceStates for DeviceState;

    /// @dev Enrols a device by its signature over `action`; the caller counts it in the owner's balance.
    function _admit(
        DeviceStates.Origin memory origin,
        address device,
        PublicKey calldata key,
        bytes32 action,
        Signature calldata signature
    ) internal {
        _requireFit(device, key, origin.owner);
        DeviceState storage state = _devices[device];
        if (state.status != IDeviceRegistry.Status.None) {
            revert IDeviceRegistry.RegistryAlreadyEnrolled(device);
        }
        _requireDevice(device, key, action, signature);

        uint40 blockNumber = _blockNumber();
        state.enrol(origin, blockNumber);
        emit IDeviceRegistry.DIDOwnerChanged(device, origin.owner, 0);
        DidAttributes.emitKey(device, key, DidAttributes.FOREVER, blockNumber);
        emit IDeviceRegistry.Transfer(address(0), origin.owner, uint160(device));
    }

    function _changeKey(
        DeviceState storage state,
        address device,
        PublicKey calldata current,
        PublicKey calldata next,
        bool compromised
    ) internal {
        uint40 blockNumber = _blockNumber();
        uint256 previousChange = state.changedBlock;
        uint8 attestation = state.attestation;
        uint32 nextIndex = state.rotate(DeviceKeys.idOf(next), compromised, blockNumber);
        DidAttributes.emitKey(device, current, DidAttributes.ENDED, previousChange);
        DidAttributes.emitKey(device, next, DidAttributes.FOREVER, blockNumber);
        emit IDeviceRegistry.KeyRotated(
            device,
            nextIndex,
            next.keyType,
            next.x,
            next.y,
            compromised
        );
        if (state.attestation != attestation) {
            emit IDeviceManifests.AttestationChanged(device, state.attestation);
        }
        _dropRecovery(state, device);
    }

    function _changeOwner(DeviceState storage state, address device, address to) internal {
        address from = state.owner;
        uint256 previousChange = state.changedBlock;
        bool dropped = state.transfer(to, _blockNumber());
        _uncount(from);
        _count(to, 1);
        emit IDeviceRegistry.DIDOwnerChanged(device, to, previousChange);
        emit IDeviceRegistry.Transfer(from, to, uint160(device));
        emit IDeviceRegistry.DeviceTransferred(device, from, to, state.ownerEpoch);
        _tellDropped(state, device, dropped);
    }

    function _retire(DeviceState storage state, address device) internal {
        uint256 previousChange = state.changedBlock;
        bool dropped = state.retire(_blockNumber());
        _uncount(state.owner);
        emit IDeviceRegistry.DIDOwnerChanged(device, address(0), previousChange);
        emit IDeviceRegistry.Transfer(state.owner, address(0), uint160(device));
        emit IDeviceRegistry.DeviceRetired(device);
        _tellDropped(state, device, dropped);
    }

    function _count(address owner, uint256 devices) internal {
        // No overflow: nobody enrols 2^256 devices.
        unchecked {
            _balances[owner] += devices;
        }
    }

    function _uncount(address owner) private {
        // No underflow: each of the owner's devices was counted when it came.
        unchecked {
            --_balances[owner];
        }
    }

    function _dropRecovery(DeviceState storage state, address device) internal {
        bytes32 id = state.dropRecovery(device);
        if (id != 0) emit IDeviceRecovery.RecoveryDropped(device, id);
    }

    function _tellDropped(DeviceState storage state, address device, bool home) private {
        if (home) emit IDeviceRegistry.HomeAnnounced(device, state.home, uint64(block.timestamp));
        _dropRecovery(state, device);
    }
}
