// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {P256Route, PublicKey, Signature} from "./IKeyVerifiers.sol";

/// @title Identities of field devices, their keys, owners and home logs
/// @notice A device's id is `address(uint160(uint256(keccak256("fieldseal/id/1" ‖ keyType ‖ x ‖ y))))` of its first key.
interface IDeviceRegistry {
    enum Status {
        None,
        Active,
        Suspended,
        Retired
    }

    /// @notice All that is known of a device, as of the block of the call.
    /// @param owner Account that owns the device; kept after retirement
    /// @param attestation 0 relayed by a gateway, 1 network-authenticated, 2 software key, 3 vouched secure element
    /// @param keyIndex Index of the current key, genesis 0
    /// @param ownerEpoch Counts owners; every signature and grant made before a transfer is void
    /// @param home Log that the owner sends readings to, 0 for none
    /// @param pendingHome Announced next home, 0 for none
    /// @param pendingHomeAt Time in seconds from which `pendingHome` is the home, 0 for none
    /// @param enrolledBlock Block of enrolment
    /// @param changedAt Time in seconds of the last change of status, key or home
    /// @param manifest Id of the manifest it was claimed from, 0 if it was enrolled without one
    /// @param recalled Whether a recall of it or its manifest is in force
    /// @param recoveryAt Time in seconds from which an announced recovery can be completed, 0 for none
    struct Device {
        address owner;
        Status status;
        uint8 attestation;
        uint32 keyIndex;
        uint32 ownerEpoch;
        uint64 home;
        uint64 pendingHome;
        uint64 pendingHomeAt;
        uint64 enrolledBlock;
        uint64 changedAt;
        uint64 manifest;
        bool recalled;
        uint64 recoveryAt;
    }

    /// @notice A device in a batch.
    /// @param signature The device's, over `Enrol`
    struct Enrolment {
        PublicKey key;
        Signature signature;
    }

    /// @notice A key of a device and the blocks between which it was the current one.
    /// @param id Key id: hashed as a device id is
    /// @param fromBlock First block
    /// @param untilBlock Block of the rotation that ended it, 0 while it is current
    /// @param compromised The rotation said that the key had leaked: no grace
    struct KeySpan {
        address id;
        uint64 fromBlock;
        uint64 untilBlock;
        bool compromised;
    }

    /// @notice The arguments of a rotation, as the device's current key and the owner sign them.
    struct Rotation {
        address device;
        PublicKey current;
        PublicKey next;
        bool compromised;
        uint256 nonce;
        uint64 deadline;
    }

    // ERC-1056 events, and ERC-721's Transfer, are enrolment's only events.
    event DIDOwnerChanged(address indexed identity, address owner, uint256 previousChange);
    event DIDAttributeChanged(
        address indexed identity,
        bytes32 name,
        bytes value,
        uint256 validTo,
        uint256 previousChange
    );
    event DIDDelegateChanged(
        address indexed identity,
        bytes32 delegateType,
        address delegate,
        uint256 validTo,
        uint256 previousChange
    );
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event DeviceSuspended(address indexed device);
    event DeviceResumed(address indexed device);
    event DeviceRetired(address indexed device);
    event KeyRotated(
        address indexed device,
        uint32 indexed keyIndex,
        uint8 keyType,
        bytes32 x,
        bytes32 y,
        bool compromised
    );
    event DeviceTransferred(
        address indexed device,
        address indexed from,
        address indexed to,
        uint32 ownerEpoch
    );
    event HomeAnnounced(address indexed device, uint64 indexed home, uint64 effectiveAt);

    error RegistryUnknownDevice(address device);
    error RegistryAlreadyEnrolled(address device);
    error RegistryNotOwner(address device, address caller);
    error RegistryWrongStatus(address device, Status status);
    error RegistryDeviceSignature(address device);
    /// @param device 0 for a batch
    error RegistryOwnerSignature(address device, address owner);
    error RegistryRecipientSignature(address device, address to);
    error RegistryExpired(uint64 deadline);
    error RegistryNonce(address device, uint256 nonce);
    error RegistryKey(address device, address keyId);
    error RegistryZeroOwner();
    error RegistryOwnerIsDevice(address owner);
    error RegistryViewOnly();

    /// @notice Enrols a device that signed `Enrol(address device,address owner,uint64 home,uint64 deadline)` for the sender.
    function enrol(
        PublicKey calldata key,
        uint64 home_,
        uint64 deadline,
        Signature calldata deviceSignature
    ) external returns (address device);

    /// @notice As `enrol`, relayed: the owner (EOA or ERC-1271) signed `Adopt(address device,address owner,uint64 home,uint64 deadline)`.
    function enrolFor(
        address owner,
        PublicKey calldata key,
        uint64 home_,
        uint64 deadline,
        Signature calldata deviceSignature,
        bytes calldata ownerSignature
    ) external returns (address device);

    /// @notice `enrolFor` for each of `items`, all or none. The owner is the sender (`ownerSignature` empty) or signed
    /// `AdoptMany(address[] devices,address owner,uint64 home,uint64 deadline)` over all of them in this order.
    function enrolMany(
        address owner,
        uint64 home_,
        uint64 deadline,
        Enrolment[] calldata items,
        bytes calldata ownerSignature
    ) external returns (address[] memory devices);

    function suspend(address device) external;

    function resume(address device) external;

    /// @notice Final: the id never returns, and neither an announced home nor a recovery ever comes into force.
    function retire(address device) external;

    /// @notice Replaces the current key. The current key signed
    /// `Rotate(address device,uint32 keyIndex,uint8 keyType,bytes32 x,bytes32 y,bool compromised,uint32 ownerEpoch,uint256 nonce,uint64 deadline)`
    /// (`keyIndex` and key of the next one); the owner is the sender (`ownerSignature` empty) or signed the same.
    function rotate(
        Rotation calldata rotation,
        Signature calldata deviceSignature,
        bytes calldata ownerSignature
    ) external;

    /// @notice Hands the device over. Device and owner signed
    /// `Transfer(address device,address to,uint32 ownerEpoch,uint256 nonce,uint64 deadline)`, the new owner signed
    /// `Accept` with the same fields; owner or new owner may be the sender instead (his signature empty).
    function transfer(
        address device,
        PublicKey calldata current,
        address to,
        uint256 nonce_,
        uint64 deadline,
        Signature calldata deviceSignature,
        bytes calldata ownerSignature,
        bytes calldata recipientSignature
    ) external;

    /// @notice A device without a home gets one at once; another, or none (0), takes its place after `REHOME_DELAY` seconds.
    function setHome(address device, uint64 home_) external;

    function device(address device_) external view returns (Device memory);

    function status(address device_) external view returns (Status);

    /// @notice The log in force as of this block's time.
    function home(address device_) external view returns (uint64);

    function changedAt(address device_) external view returns (uint64);

    /// @notice The id of key `keyIndex` of `device_`; 0 if there is none such.
    function keyIdOf(address device_, uint32 keyIndex) external view returns (address);

    function keySpan(address device_, uint32 keyIndex) external view returns (KeySpan memory);

    /// @notice Whether key `keyIndex` was the current one at `blockNumber`.
    function wasKeyAt(
        address device_,
        uint32 keyIndex,
        uint256 blockNumber
    ) external view returns (bool);

    /// @notice Next counter of a nonce lane: a nonce is `lane (192 bits) ‖ counter (64 bits)`.
    function nonceOf(address device_, uint192 lane) external view returns (uint64);

    /// @notice external_aad of every message: keccak256(abi.encode("fieldseal/1", chainId, registry)).
    function messageDomain() external view returns (bytes32);

    /// @notice Seconds between the announcement of another home and its coming into force.
    function REHOME_DELAY() external view returns (uint64);

    /// @notice How P-256 is checked on this chain, fixed at deployment.
    function p256Route() external view returns (P256Route);
}
