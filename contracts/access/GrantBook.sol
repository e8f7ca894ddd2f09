// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessGrants} from "../interfaces/IAccessGrants.sol";
import {Permissions} from "./Permissions.sol";

/// @notice Where grants stand: on a device in one owner epoch, or on all devices of an owner.
/// @param subject Device, or `owner`
/// @param owner Whose device it is, or whose fleet
/// @param ownerEpoch Of the device; 0 for a fleet
struct Place {
    address subject;
    address owner;
    uint32 ownerEpoch;
}

/// @title The grants, and which of them are in force
abstract contract GrantBook is IAccessGrants {
    mapping(address subject => mapping(address grantor => mapping(address grantee => Grant)))
        internal _grants;
    mapping(address subject => mapping(address grantor => uint32)) internal _revisions;

    /// @dev Whether the grant that stands there gives all of `permissions` now. What a delegate gave does so only while
    /// the grant of his that it rests on gives them as well, and DELEGATE.
    function _gives(
        Place memory place,
        address grantor,
        address grantee,
        uint40 permissions
    ) internal view returns (bool) {
        Grant memory given = _grants[place.subject][grantor][grantee];
        if (!_holds(place, grantor, given, permissions)) return false;
        if (grantor == place.owner) return true;
        Place memory restsOn = given.ofFleet ? _fleetOf(place.owner) : place;
        Grant memory parent = _grants[restsOn.subject][place.owner][grantor];
        return
            parent.generation == given.parentGeneration &&
            _holds(restsOn, place.owner, parent, permissions | Permissions.DELEGATE);
    }

    /// @dev As `_gives`, by what stands in the grant itself.
    function _holds(
        Place memory place,
        address grantor,
        Grant memory given,
        uint40 permissions
    ) internal view returns (bool) {
        return
            given.permissions != 0 &&
            Permissions.cover(given.permissions, permissions) &&
            given.from <= block.timestamp &&
            block.timestamp < given.until &&
            given.ownerEpoch == place.ownerEpoch &&
            given.revision == _revisions[place.subject][grantor];
    }

    function _fleetOf(address owner) internal pure returns (Place memory) {
        return Place(owner, owner, 0);
    }
}
