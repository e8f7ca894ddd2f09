// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PublicKey, Signature} from "./IKeyVerifiers.sol";

/// @title What an owner does alone when a device's key is lost, and where its successor is
/// @notice An announcement comes true after `RECOVERY_DELAY` seconds, in which the device's current key can veto it. So
/// a thief of the owner's account gets no device whose key works, and a thief of the device's key, who vetoes all
/// recovery, still keeps nothing: the owner can suspend or retire the device at once. One announcement a device: the
/// next takes its place and waits anew. Rotation, transfer and retirement drop it.
interface IDeviceRecovery {
    enum RecoveryKind {
        None,
        Key,
        Transfer
    }

    /// @param kind None if nothing is announced
    /// @param target Key: id of the next key. Transfer: the next owner
    /// @param compromised Key: the lost key has leaked
    /// @param effectiveAt Time in seconds from which it can be completed
    struct Recovery {
        RecoveryKind kind;
        address target;
        bool compromised;
        uint40 effectiveAt;
    }

    /// @param recovery Id of the announcement: keccak256(abi.encode(device, kind, target, compromised, effectiveAt))
    event RecoveryAnnounced(
        address indexed device,
        bytes32 indexed recovery,
        RecoveryKind kind,
        address target,
        bool compromised,
        uint64 effectiveAt
    );
    event RecoveryVetoed(address indexed device, bytes32 indexed recovery);
    /// @notice By the owner, or because a rotation, a transfer or retirement overtook it.
    event RecoveryDropped(address indexed device, bytes32 indexed recovery);
    event SuccessorSet(address indexed device, address indexed registry);

    error RegistryNoRecovery(address device);
    error RegistryRecoveryTarget(address device, address target);
    error RegistryTooEarly(address device, uint64 effectiveAt);
    error RegistrySuccessor(address registry);

    /// @notice The owner announces a rotation without the current key.
    /// @param next The next key: a point of a known curve, neither the current key nor the owner's account
    /// @param compromised The lost key has leaked: on completion it ends without grace
    function announceKeyRecovery(
        address device,
        PublicKey calldata next,
        bool compromised
    ) external;

    /// @notice The owner announces a transfer without the current key's signature.
    /// @param current The current key, public: `to` may not be its account
    function announceTransfer(address device, PublicKey calldata current, address to) external;

    /// @notice The owner puts the announced key in force, as a rotation does.
    /// @param lost The current key, public
    function completeKeyRecovery(
        address device,
        PublicKey calldata lost,
        PublicKey calldata next
    ) external;

    /// @notice The announced new owner takes the device, as by a transfer.
    function completeTransfer(address device) external;

    /// @notice The owner takes his announcement back.
    function cancelRecovery(address device) external;

    /// @notice Drops an announcement by the word of the current key, which signed
    /// `Veto(address device,bytes32 recovery,uint32 ownerEpoch,uint256 nonce,uint64 deadline)` for exactly this one.
    /// Possible until it is completed.
    function veto(
        address device,
        PublicKey calldata current,
        uint256 nonce,
        uint64 deadline,
        Signature calldata deviceSignature
    ) external;

    /// @notice The announcement, and its id as `Veto` signs it; 0 if there is none.
    function recoveryOf(
        address device
    ) external view returns (Recovery memory recovery, bytes32 id);

    /// @notice The owner says in which registry the device goes on under the same id; 0 takes it back. What was proven
    /// here stays proven here. Void with the next transfer.
    function setSuccessor(address device, address registry) external;

    /// @notice 0 if the present owner named none.
    function successorOf(address device) external view returns (address registry);

    /// @notice Seconds between the announcement of a recovery and its completion.
    function RECOVERY_DELAY() external view returns (uint64);
}
