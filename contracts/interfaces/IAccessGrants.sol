// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Who may do what with a device
/// @notice A *subject* is a device's id, or an owner's address: then all devices that he owns at the time of the
/// question. A *grantor* is the owner, or who holds DELEGATE from him. A *grantee* is an account, a device, or zero:
/// everybody, READ only. There is one grant for each (subject, grantor, grantee); a later one takes its place.
/// Permissions are bits: READ 1, COMMAND 2, CONFIGURE 4, MAINTAIN 8, DELEGATE 16, EMERGENCY 32, bits 6 and 7 are
/// reserved, bits 8–39 are for applications.
interface IAccessGrants {
    /// @param subject Device, or owner for all his devices
    /// @param grantee Account or device; 0 for everybody
    /// @param permissions Bits, never 0
    /// @param from First second in which it holds
    /// @param until First second in which it no longer holds; `type(uint40).max` for no end
    /// @param purpose What it is for, in the event only: a short text or a hash
    struct Terms {
        address subject;
        address grantee;
        uint40 permissions;
        uint40 from;
        uint40 until;
        bytes32 purpose;
    }

    /// @notice What is stored of a grant: one slot.
    /// @param revision Value of `revisionOf(subject, grantor)` when it was made; another value revoked it
    /// @param ownerEpoch The device's owner epoch when it was made; 0 if the subject is an owner
    /// @param generation Counts the grants that ended in this place: what a delegate gave dies with his own grant
    /// @param parentGeneration For a delegate's grant: the generation of the grant it rests on; else 0
    /// @param ofFleet For a delegate's grant on a device: whether it rests on a grant of all devices
    struct Grant {
        uint40 permissions;
        uint40 from;
        uint40 until;
        uint32 revision;
        uint32 ownerEpoch;
        uint32 generation;
        uint32 parentGeneration;
        bool ofFleet;
    }

    event Granted(
        address indexed subject,
        address indexed grantor,
        address indexed grantee,
        uint40 permissions,
        uint40 from,
        uint40 until,
        bytes32 purpose
    );
    event Revoked(address indexed subject, address indexed grantor, address indexed grantee);
    event RevokedAll(address indexed subject, address indexed grantor, uint32 revision);
    /// @notice A responder opened a window; the owner is to look at it at once.
    event EmergencyOpened(
        address indexed device,
        address indexed responder,
        address indexed owner,
        address grantor,
        uint40 until,
        bytes32 reason
    );
    event EmergencyClosed(address indexed device, address indexed responder);

    error GrantsUnknownSubject(address subject);
    error GrantsNotGrantor(address subject, address caller);
    error GrantsNothing(address subject, address grantee);
    error GrantsPermissions(uint40 permissions, uint40 permitted);
    error GrantsWindow(uint40 from, uint40 until);
    error GrantsPublic(uint40 permissions);
    error GrantsSignature(address grantor);
    error GrantsEpoch(address subject, uint32 ownerEpoch);
    error GrantsNonce(address grantor, uint256 nonce);
    error GrantsExpired(uint64 deadline);
    error GrantsNoEmergency(address device, address responder);

    /// @notice Makes a grant, or replaces it. The sender owns the subject, is it, or holds DELEGATE on it from the
    /// owner: then the grant stays within his own bits, without DELEGATE, and within his own time.
    function grant(Terms calldata terms) external;

    /// @notice `grant` for each of `terms`, all or none.
    function grantMany(Terms[] calldata terms) external;

    /// @notice `grantMany`, relayed: `grantor` (EOA or ERC-1271) signed
    /// `GrantMany(address grantor,Terms[] terms,uint32[] ownerEpochs,uint256 nonce,uint64 deadline)`, with
    /// `Terms(address subject,address grantee,uint40 permissions,uint40 from,uint40 until,bytes32 purpose)`.
    /// @param ownerEpochs The owner epoch of each device subject, 0 for each owner subject
    /// @param nonce `lane (192 bits) ‖ counter (64 bits)`, next of its lane for the grantor
    function grantBySignature(
        address grantor,
        Terms[] calldata terms,
        uint32[] calldata ownerEpochs,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external;

    /// @notice Ends the sender's grant. What a delegate gave on its strength ends too. The grantee may give up a grant.
    function revoke(address subject, address grantor, address grantee) external;

    /// @notice Relayed: `grantor` signed
    /// `Revoke(address subject,address grantor,address grantee,uint256 nonce,uint64 deadline)`.
    function revokeBySignature(
        address subject,
        address grantor,
        address grantee,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external;

    /// @notice Ends all that the sender granted on `subject` (not what he granted on his fleet, if it is a device).
    function revokeAll(address subject) external;

    /// @notice Relayed: `grantor` signed `RevokeAll(address subject,address grantor,uint256 nonce,uint64 deadline)`.
    function revokeAllBySignature(
        address subject,
        address grantor,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external;

    /// @notice Opens a window of `EMERGENCY_WINDOW` seconds in which the sender, who holds EMERGENCY from `grantor`,
    /// has READ and COMMAND too.
    /// @param reason Hash of the reason, for the record
    function openEmergency(address device, address grantor, bytes32 reason) external;

    /// @notice Ends a window at once; by the device's owner or the responder.
    function closeEmergency(address device, address responder) external;

    /// @notice Whether `who` may do all of `permissions` with `device` now, by the word of `grantor`. The owner may do
    /// everything by his own. A grantor who is no longer owner, nor delegate of the owner, gives nothing. The status of
    /// the device is not asked; of a device that was never enrolled the answer is no.
    function allowed(
        address device,
        address grantor,
        address who,
        uint40 permissions
    ) external view returns (bool);

    /// @notice The stored grant, in force or not.
    function grantOf(
        address subject,
        address grantor,
        address grantee
    ) external view returns (Grant memory);

    /// @notice Counts the calls of `revokeAll`.
    function revisionOf(address subject, address grantor) external view returns (uint32);

    /// @notice End of the responder's window on `device`, and the grantor and the owner epoch it rests on; `until` 0
    /// if none was opened in this epoch.
    function emergencyOf(
        address device,
        address responder
    ) external view returns (address grantor, uint40 until, uint32 ownerEpoch);

    /// @notice Next counter of a nonce lane.
    function nonceOf(address grantor, uint192 lane) external view returns (uint64);

    /// @notice Registry whose devices these grants are about.
    function registry() external view returns (address);

    /// @notice Seconds that an emergency window lasts.
    function EMERGENCY_WINDOW() external view returns (uint40);
}
