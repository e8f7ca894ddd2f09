// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IAccessGrants} from "../interfaces/IAccessGrants.sol";
import {IDeviceOwnership} from "../interfaces/IDeviceOwnership.sol";
import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";
import {EmergencyWindows, Window} from "./EmergencyWindows.sol";
import {GrantActions} from "./GrantActions.sol";
import {Place} from "./GrantBook.sol";
import {Permissions} from "./Permissions.sol";

/// @title Who may do what with a device
/// @dev No proxy, no admin: only an owner's word, and within it his delegate's, gives anything.
contract AccessGrants is EmergencyWindows, EIP712 {
    /// @inheritdoc IAccessGrants
    address public immutable registry;

    mapping(address grantor => mapping(uint192 lane => uint64 counter)) private _nonces;

    constructor(address registry_) EIP712("Fieldseal AccessGrants", "1") {
        registry = registry_;
    }

    /// @inheritdoc IAccessGrants
    function grant(Terms calldata terms) external {
        _grant(msg.sender, terms, _placeOf(terms.subject));
    }

    /// @inheritdoc IAccessGrants
    function grantMany(Terms[] calldata terms) external {
        for (uint256 i = 0; i < terms.length; ++i) {
            _grant(msg.sender, terms[i], _placeOf(terms[i].subject));
        }
    }

    /// @inheritdoc IAccessGrants
    function grantBySignature(
        address grantor,
        Terms[] calldata terms,
        uint32[] calldata ownerEpochs,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external {
        if (terms.length != ownerEpochs.length) {
            revert GrantsLengths(terms.length, ownerEpochs.length);
        }
        bytes32 action = GrantActions.grantMany(grantor, terms, ownerEpochs, nonce, deadline);
        _requireWord(grantor, nonce, deadline, action, signature);
        for (uint256 i = 0; i < terms.length; ++i) {
            Place memory place = _placeOf(terms[i].subject);
            if (place.ownerEpoch != ownerEpochs[i]) {
                revert GrantsEpoch(terms[i].subject, place.ownerEpoch);
            }
            _grant(grantor, terms[i], place);
        }
    }

    /// @inheritdoc IAccessGrants
    function revoke(address subject, address grantor, address grantee) external {
        if (msg.sender != grantor && msg.sender != grantee) {
            Place memory place = _placeOf(subject);
            if (msg.sender != place.owner) revert GrantsNotGrantor(subject, msg.sender);
        }
        _revoke(subject, grantor, grantee);
    }

    /// @inheritdoc IAccessGrants
    function revokeBySignature(
        address subject,
        address grantor,
        address grantee,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external {
        bytes32 action = GrantActions.revoke(subject, grantor, grantee, nonce, deadline);
        _requireWord(grantor, nonce, deadline, action, signature);
        _revoke(subject, grantor, grantee);
    }

    /// @inheritdoc IAccessGrants
    function revokeAll(address subject) external {
        _revokeAll(subject, msg.sender);
    }

    /// @inheritdoc IAccessGrants
    function revokeAllBySignature(
        address subject,
        address grantor,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external {
        bytes32 action = GrantActions.revokeAll(subject, grantor, nonce, deadline);
        _requireWord(grantor, nonce, deadline, action, signature);
        _revokeAll(subject, grantor);
    }

    /// @inheritdoc IAccessGrants
    function openEmergency(address device, address grantor, bytes32 reason) external {
        (bool known, Place memory place) = _deviceOf(device);
        if (!known) revert GrantsNoEmergency(device, msg.sender);
        uint40 until = _openWindow(place, grantor, msg.sender);
        emit EmergencyOpened(device, msg.sender, place.owner, grantor, until, reason);
    }

    /// @inheritdoc IAccessGrants
    function closeEmergency(address device, address responder) external {
        (, Place memory place) = _deviceOf(device);
        if (msg.sender != responder && msg.sender != place.owner) {
            revert GrantsNotGrantor(device, msg.sender);
        }
        _closeWindow(place, responder);
        emit EmergencyClosed(device, responder);
    }

    /// @inheritdoc IAccessGrants
    function allowed(
        address device,
        address grantor,
        address who,
        uint40 permissions
    ) external view returns (bool) {
        (bool known, Place memory place) = _deviceOf(device);
        if (!known || permissions == 0) return false;
        if (who == place.owner && grantor == place.owner) return true;
        Place memory fleet = _fleetOf(place.owner);
        if (_gives(place, grantor, who, permissions)) return true;
        if (_gives(fleet, grantor, who, permissions)) return true;
        if (permissions == Permissions.READ && who != address(0)) {
            if (_gives(place, grantor, address(0), permissions)) return true;
            if (_gives(fleet, grantor, address(0), permissions)) return true;
        }
        return
            Permissions.cover(Permissions.IN_EMERGENCY, permissions) &&
            _inWindow(place, grantor, who);
    }

    /// @inheritdoc IAccessGrants
    function grantOf(
        address subject,
        address grantor,
        address grantee
    ) external view returns (Grant memory) {
        return _grants[subject][grantor][grantee];
    }

    /// @inheritdoc IAccessGrants
    function revisionOf(address subject, address grantor) external view returns (uint32) {
        return _revisions[subject][grantor];
    }

    /// @inheritdoc IAccessGrants
    function emergencyOf(
        address device,
        address responder
    )
        external
        view
        returns (address grantor, uint40 until, uint32 ownerEpoch, uint32 generation, bool ofFleet)
    {
        (, Place memory place) = _deviceOf(device);
        Window memory window = _windowOf(place, responder);
        return (window.grantor, window.until, window.ownerEpoch, window.generation, window.ofFleet);
    }

    /// @inheritdoc IAccessGrants
    function nonceOf(address grantor, uint192 lane) external view returns (uint64) {
        return _nonces[grantor][lane];
    }

    function _grant(address grantor, Terms calldata terms, Place memory place) private {
        _requireTerms(grantor, terms);
        Grant memory next;
        next.permissions = terms.permissions;
        next.from = terms.from;
        next.until = terms.until;
        next.ownerEpoch = place.ownerEpoch;
        next.revision = _revisions[place.subject][grantor];
        if (grantor != place.owner) {
            (next.parentGeneration, next.ofFleet) = _restOn(place, grantor, terms);
        }
        Grant storage stored = _grants[place.subject][grantor][terms.grantee];
        Grant memory last = stored;
        next.generation = last.generation + (_renews(next, last) ? 0 : 1);
        _grants[place.subject][grantor][terms.grantee] = next;
        emit Granted(
            terms.subject,
            grantor,
            terms.grantee,
            terms.permissions,
            terms.from,
            terms.until,
            terms.purpose
        );
    }

    function _revoke(address subject, address grantor, address grantee) private {
        Grant storage ended = _grants[subject][grantor][grantee];
        if (ended.permissions == 0) revert GrantsNothing(subject, grantee);
        ended.permissions = 0;
        emit Revoked(subject, grantor, grantee);
    }

    function _revokeAll(address subject, address grantor) private {
        uint32 revision = ++_revisions[subject][grantor];
        emit RevokedAll(subject, grantor, revision);
    }

    function _requireWord(
        address grantor,
        uint256 nonce,
        uint64 deadline,
        bytes32 structHash,
        bytes calldata signature
    ) private {
        if (block.timestamp > deadline) revert GrantsExpired(deadline);
        uint192 lane = uint192(nonce >> 64);
        uint64 counter = uint64(nonce);
        if (_nonces[grantor][lane] != counter) revert GrantsNonce(grantor, nonce);
        _nonces[grantor][lane] = counter + 1;
        if (msg.sender == grantor) return;
        bytes32 digest = _hashTypedDataV4(structHash);
        if (!SignatureChecker.isValidSignatureNowCalldata(grantor, digest, signature)) {
            revert GrantsSignature(grantor);
        }
    }

    /// @dev The grant of his that a delegate's terms stay within: on the device before that on the fleet.
    function _restOn(
        Place memory place,
        address delegate,
        Terms calldata terms
    ) private view returns (uint32 generation, bool ofFleet) {
        Grant memory own = _grants[place.subject][place.owner][delegate];
        bool delegates = _holds(place, place.owner, own, Permissions.DELEGATE);
        if (place.subject != place.owner && !(delegates && _isWithin(own, terms))) {
            Place memory fleet = _fleetOf(place.owner);
            Grant memory ofAll = _grants[fleet.subject][place.owner][delegate];
            if (_holds(fleet, place.owner, ofAll, Permissions.DELEGATE)) {
                if (!delegates || _isWithin(ofAll, terms)) (own, ofFleet) = (ofAll, true);
                delegates = true;
            }
        }
        if (!delegates) {
            if (place.subject == place.owner && own.generation == 0) {
                revert GrantsUnknownSubject(terms.subject);
            }
            revert GrantsNotGrantor(terms.subject, delegate);
        }
        uint40 permitted = own.permissions & ~Permissions.DELEGATE;
        if (!Permissions.cover(permitted, terms.permissions)) {
            revert GrantsPermissions(terms.permissions, permitted);
        }
        if (terms.until > own.until) revert GrantsWindow(terms.from, terms.until, own.until);
        return (own.generation, ofFleet);
    }

    /// @dev A subject that the registry does not know is an owner, and all his devices.
    function _placeOf(address subject) private view returns (Place memory place) {
        bool known;
        (known, place) = _deviceOf(subject);
        if (!known) place = _fleetOf(subject);
    }

    function _deviceOf(address device) private view returns (bool known, Place memory place) {
        IDeviceRegistry.Status status;
        place.subject = device;
        (place.owner, place.ownerEpoch, status) = IDeviceOwnership(registry).ownership(device);
        known = status != IDeviceRegistry.Status.None;
    }

    function _requireTerms(address grantor, Terms calldata terms) private view {
        if (
            terms.permissions == 0 || !Permissions.cover(Permissions.GRANTABLE, terms.permissions)
        ) {
            revert GrantsPermissions(terms.permissions, Permissions.GRANTABLE);
        }
        if (terms.until <= block.timestamp || terms.until <= terms.from) {
            revert GrantsWindow(terms.from, terms.until, type(uint40).max);
        }
        if (terms.grantee == address(0) && terms.permissions != Permissions.READ) {
            revert GrantsPublic(terms.permissions);
        }
        if (terms.grantee == grantor) revert GrantsToSelf(grantor);
    }

    /// @dev Whether `next` takes the place of `last` as the same grant: nothing that rested on it can come back.
    function _renews(Grant memory next, Grant memory last) private view returns (bool) {
        return
            last.permissions != 0 &&
            block.timestamp < last.until &&
            last.revision == next.revision &&
            last.ownerEpoch == next.ownerEpoch &&
            last.parentGeneration == next.parentGeneration &&
            last.ofFleet == next.ofFleet &&
            Permissions.cover(next.permissions, last.permissions);
    }

    function _isWithin(Grant memory own, Terms calldata terms) private pure returns (bool) {
        return
            Permissions.cover(own.permissions & ~Permissions.DELEGATE, terms.permissions) &&
            terms.until <= own.until;
    }
}
