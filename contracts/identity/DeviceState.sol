// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceRecovery} from "../interfaces/IDeviceRecovery.sol";
import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";

/// @notice A later key (index ≥ 1), or the end of the genesis key, whose id is the device's.
struct KeyState {
    address id;
    uint40 fromBlock;
    uint40 untilBlock;
    bool compromised;
}

/// @notice All that is stored of a device. Enrolment writes the first two slots only.
struct DeviceState {
    address owner;
    IDeviceRegistry.Status status;
    uint8 attestation;
    uint40 changedBlock;
    uint32 ownerEpoch;
    bool recalled;
    //
    uint64 home;
    uint32 keyIndex;
    uint40 enrolledBlock;
    uint40 changedAt;
    uint64 manifest;
    uint16 clearedRound;
    //
    uint64 pendingHome;
    uint40 pendingHomeAt;
    //
    IDeviceRecovery.Recovery recovery;
    //
    address successor;
    uint32 successorEpoch;
    //
    mapping(uint192 lane => uint64 counter) nonces;
    mapping(uint192 lane => uint64 counter) vouchNonces;
    mapping(uint32 keyIndex => KeyState) keys;
}

/// @title The state machine of a device
/// @dev Checks and events are the registry's; here are the transitions and the questions.
library DeviceStates {
    uint8 internal constant SOFTWARE_KEY = 2;
    uint8 internal constant VOUCHED_KEY = 3;

    /// @notice How a device comes in.
    /// @param manifest Id of the manifest that lists it, 0 for none
    struct Origin {
        address owner;
        uint64 home;
        uint64 manifest;
        uint8 attestation;
    }

    function enrol(DeviceState storage self, Origin memory origin, uint40 blockNumber) internal {
        self.owner = origin.owner;
        self.status = IDeviceRegistry.Status.Active;
        self.attestation = origin.attestation;
        self.changedBlock = blockNumber;
        self.home = origin.home;
        self.enrolledBlock = blockNumber;
        self.changedAt = uint40(block.timestamp);
        if (origin.manifest != 0) self.manifest = origin.manifest;
    }

    function setStatus(DeviceState storage self, IDeviceRegistry.Status status) internal {
        self.status = status;
        self.changedAt = uint40(block.timestamp);
    }

    /// @notice Ends the device. A home that was announced and is not in force yet is dropped.
    /// @return dropped Whether there was one
    function retire(DeviceState storage self, uint40 blockNumber) internal returns (bool dropped) {
        dropped = dropPendingHome(self);
        setStatus(self, IDeviceRegistry.Status.Retired);
        self.changedBlock = blockNumber;
    }

    /// @notice Makes `nextId` the current key. What a manufacturer vouched for was the last one.
    function rotate(
        DeviceState storage self,
        address nextId,
        bool compromised,
        uint40 blockNumber
    ) internal returns (uint32 nextIndex) {
        uint32 index = self.keyIndex;
        nextIndex = index + 1;
        KeyState storage ended = self.keys[index];
        ended.untilBlock = blockNumber;
        ended.compromised = compromised;
        KeyState storage next = self.keys[nextIndex];
        next.id = nextId;
        next.fromBlock = blockNumber;
        self.keyIndex = nextIndex;
        if (self.attestation > SOFTWARE_KEY) self.attestation = SOFTWARE_KEY;
        self.changedBlock = blockNumber;
        self.changedAt = uint40(block.timestamp);
    }

    /// @notice Starts a new owner epoch. A home that the old owner announced and that is not in force yet is dropped.
    /// @return dropped Whether there was one
    function transfer(
        DeviceState storage self,
        address to,
        uint40 blockNumber
    ) internal returns (bool dropped) {
        dropped = dropPendingHome(self);
        self.owner = to;
        ++self.ownerEpoch;
        self.changedBlock = blockNumber;
    }

    /// @return id Of the announcement dropped, 0 if there was none
    function dropRecovery(DeviceState storage self, address device) internal returns (bytes32 id) {
        id = recoveryId(self, device);
        if (id != 0) delete self.recovery;
    }

    /// @notice Drops an announced home, unless it has come into force.
    /// @return dropped Whether there was one
    function dropPendingHome(DeviceState storage self) internal returns (bool dropped) {
        settleHome(self);
        dropped = self.pendingHomeAt != 0;
        if (dropped) clearPendingHome(self);
    }

    /// @notice Writes down an announced home that has come into force.
    function settleHome(DeviceState storage self) internal {
        uint40 due = self.pendingHomeAt;
        if (due == 0 || block.timestamp < due) return;
        self.changedAt = changedAtOf(self);
        self.home = self.pendingHome;
        clearPendingHome(self);
    }

    function clearPendingHome(DeviceState storage self) internal {
        self.pendingHome = 0;
        self.pendingHomeAt = 0;
    }

    /// @notice Spends `nonce` if it is the next of its lane.
    function spend(
        mapping(uint192 lane => uint64 counter) storage lanes,
        uint256 nonce
    ) internal returns (bool) {
        uint192 lane = uint192(nonce >> 64);
        uint64 counter = uint64(nonce);
        if (lanes[lane] != counter) return false;
        lanes[lane] = counter + 1;
        return true;
    }

    /// @notice Names the pending recovery with all its arguments; 0 if there is none.
    function recoveryId(DeviceState storage self, address device) internal view returns (bytes32) {
        IDeviceRecovery.Recovery memory recovery = self.recovery;
        if (recovery.kind == IDeviceRecovery.RecoveryKind.None) return 0;
        return keccak256(abi.encode(device, recovery));
    }

    function homeOf(DeviceState storage self) internal view returns (uint64) {
        return _homeIsDue(self) ? self.pendingHome : self.home;
    }

    function changedAtOf(DeviceState storage self) internal view returns (uint40) {
        uint40 last = self.changedAt;
        return _homeIsDue(self) && self.pendingHomeAt > last ? self.pendingHomeAt : last;
    }

    function keyIdOf(
        DeviceState storage self,
        address device,
        uint32 index
    ) internal view returns (address) {
        if (index == 0) return self.status == IDeviceRegistry.Status.None ? address(0) : device;
        return self.keys[index].id;
    }

    function spanOf(
        DeviceState storage self,
        address device,
        uint32 index
    ) internal view returns (IDeviceRegistry.KeySpan memory span) {
        span.id = keyIdOf(self, device, index);
        if (span.id == address(0)) return span;
        KeyState storage key = self.keys[index];
        span.fromBlock = index == 0 ? self.enrolledBlock : key.fromBlock;
        span.untilBlock = key.untilBlock;
        span.compromised = key.compromised;
    }

    function describe(
        DeviceState storage self
    ) internal view returns (IDeviceRegistry.Device memory device) {
        device.owner = self.owner;
        device.status = self.status;
        device.attestation = self.attestation;
        device.keyIndex = self.keyIndex;
        device.ownerEpoch = self.ownerEpoch;
        device.home = homeOf(self);
        if (!_homeIsDue(self)) {
            device.pendingHome = self.pendingHome;
            device.pendingHomeAt = self.pendingHomeAt;
        }
        device.enrolledBlock = self.enrolledBlock;
        device.changedAt = changedAtOf(self);
        device.manifest = self.manifest;
        device.recoveryAt = self.recovery.effectiveAt;
    }

    function _homeIsDue(DeviceState storage self) private view returns (bool) {
        uint40 due = self.pendingHomeAt;
        return due != 0 && block.timestamp >= due;
    }
}
