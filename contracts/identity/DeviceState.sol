// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

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
    //
    uint64 home;
    uint32 keyIndex;
    uint40 enrolledBlock;
    uint40 changedAt;
    //
    uint64 pendingHome;
    uint40 pendingHomeAt;
    //
    mapping(uint192 lane => uint64 counter) nonces;
    mapping(uint32 keyIndex => KeyState) keys;
}

/// @title The state machine of a device
/// @dev Checks and events are the registry's; here are the transitions and the questions.
library DeviceStates {
    uint8 internal constant SOFTWARE_KEY = 2;

    function enrol(
        DeviceState storage self,
        address owner,
        uint64 home,
        uint40 blockNumber
    ) internal {
        self.owner = owner;
        self.status = IDeviceRegistry.Status.Active;
        self.attestation = SOFTWARE_KEY;
        self.changedBlock = blockNumber;
        self.home = home;
        self.enrolledBlock = blockNumber;
        self.changedAt = uint40(block.timestamp);
    }

    function setStatus(DeviceState storage self, IDeviceRegistry.Status status) internal {
        self.status = status;
        self.changedAt = uint40(block.timestamp);
    }

    /// @notice Makes `nextId` the current key. The device's attestation falls to that of a software key.
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
        self.keys[nextIndex] = KeyState(nextId, blockNumber, 0, false);
        self.keyIndex = nextIndex;
        self.attestation = SOFTWARE_KEY;
        self.changedAt = uint40(block.timestamp);
    }

    /// @notice Starts a new owner epoch. A home that the old owner announced and that is not in force yet is dropped.
    /// @return dropped Whether there was one
    function transfer(DeviceState storage self, address to) internal returns (bool dropped) {
        dropped = dropPendingHome(self);
        self.owner = to;
        ++self.ownerEpoch;
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
    function spend(DeviceState storage self, uint256 nonce) internal returns (bool) {
        uint192 lane = uint192(nonce >> 64);
        uint64 counter = uint64(nonce);
        if (self.nonces[lane] != counter) return false;
        self.nonces[lane] = counter + 1;
        return true;
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
    ) internal view returns (IDeviceRegistry.Device memory) {
        bool due = _homeIsDue(self);
        return
            IDeviceRegistry.Device({
                owner: self.owner,
                status: self.status,
                attestation: self.attestation,
                keyIndex: self.keyIndex,
                ownerEpoch: self.ownerEpoch,
                home: homeOf(self),
                pendingHome: due ? 0 : self.pendingHome,
                pendingHomeAt: due ? 0 : self.pendingHomeAt,
                enrolledBlock: self.enrolledBlock,
                changedAt: changedAtOf(self)
            });
    }

    function _homeIsDue(DeviceState storage self) private view returns (bool) {
        uint40 due = self.pendingHomeAt;
        return due != 0 && block.timestamp >= due;
    }
}
