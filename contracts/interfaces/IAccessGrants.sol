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
    /// @param generation Counts the grants made in this place. A grant that replaces one in force, or still to begin,
    /// and takes no bit away is the same one, renewed. What a delegate gave rests on one generation of his own grant
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

    /// @notice Neither an enrolled device, nor the grantor, nor an owner who ever granted him anything.
    error GrantsUnknownSubject(address subject);
    /// @notice Neither owner of the subject, nor its delegate now.
    error GrantsNotGrantor(address subject, address caller);
    /// @notice There is no grant to end.
    error GrantsNothing(address subject, address grantee);
    /// @param permitted The bits that this grantor may give
    error GrantsPermissions(uint40 permissions, uint40 permitted);
    /// @param latest The last end that this grantor may give
    error GrantsWindow(uint40 from, uint40 until, uint40 latest);
    error GrantsPublic(uint40 permissions);
    error GrantsToSelf(address grantor);
    error GrantsSignature(address grantor);
    error GrantsEpoch(address subject, uint32 ownerEpoch);
    error GrantsLengths(uint256 terms, uint256 ownerEpochs);
    error GrantsNonce(address grantor, uint256 nonce);
    error GrantsExpired(uint64 deadline);
    error GrantsNoEmergency(address device, address responder);

    /// @notice Makes a grant, or replaces it. The sender owns the subject, is it, or holds DELEGATE on it from the
    /// owner: then the grant stays within his own bits, without DELEGATE, and ends no later than his own. It rests on his
    /// grant of the device if that one suffices, else on his grant of the owner's fleet.
    function grant(Terms calldata terms) external;

    /// @notice `grant` for each of `terms`, all or none.
    function grantMany(Terms[] calldata terms) external;

    /// @notice `grantMany`, relayed: `grantor` (EOA or ERC-1271) signed
    /// `GrantMany(address grantor,Terms[] terms,uint32[] ownerEpochs,uint256 nonce,uint64 deadline)`, with
    /// `Terms(address subject,address grantee,uint40 permissions,uint40 from,uint40 until,bytes32 purpose)`.
    /// The grantor as sender needs no signature; with no terms he so spends a nonce, and takes back what he signed.
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

    /// @notice Ends a grant. What a delegate gave on its strength ends too. By its grantor, by its grantee, who gives it
    /// up, or by the owner of the subject, who so undoes what his delegate gave.
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

    /// @notice Ends all that the sender granted on `subject` (not what he granted on his fleet, if it is a device), and
    /// what delegates gave on the strength of it.
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
    /// has READ and COMMAND too, as long as that grant stays in force. One window for a responder and device: another
    /// call starts it afresh.
    /// @param reason Hash of the reason, for the record
    function openEmergency(address device, address grantor, bytes32 reason) external;

    /// @notice Ends a window at once; by the device's owner or the responder. The responder may open another as long as
    /// he holds EMERGENCY.
    function closeEmergency(address device, address responder) external;

    /// @notice Whether `who` may do all of `permissions` with `device` now, by the word of `grantor`. The owner may do
    /// everything by his own. A grantor who is no longer owner, nor delegate of the owner, gives nothing. The status of
    /// the device is not asked; of a device that was never enrolled the answer is no. All of `permissions` come from one
    /// grant: rights on the device and on the fleet do not add up.
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

    /// @notice The responder's last window on `device`: end, grantor and owner epoch that it rests on; all 0 if none was
    /// opened in this epoch, or if it was closed. It says nothing about whether the grant is still in force.
    /// @return grantor Who gave EMERGENCY
    /// @return until First second in which the window is over
    /// @return ownerEpoch The device's owner epoch when it was opened
    /// @return generation Of the grant that it rests on
    /// @return ofFleet Whether that one is on the owner's fleet
    function emergencyOf(
        address device,
        address responder
    )
        external
        view
        returns (address grantor, uint40 until, uint32 ownerEpoch, uint32 generation, bool ofFleet);

    /// @notice Next counter of a nonce lane.
    function nonceOf(address grantor, uint192 lane) external view returns (uint64);

    /// @notice Registry whose devices these grants are about.
    function registry() external view returns (address);

    /// @notice Seconds that an emergency window lasts.
    function EMERGENCY_WINDOW() external view returns (uint40);
}
