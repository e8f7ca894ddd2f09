// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessGrants} from "../interfaces/IAccessGrants.sol";
import {GrantBook, Place} from "./GrantBook.sol";
import {Permissions} from "./Permissions.sol";

/// @notice A window, and the one grant that it rests on: a later grant in the same place does not open it again.
struct Window {
    address grantor;
    uint40 until;
    uint32 ownerEpoch;
    //
    uint32 generation;
    bool ofFleet;
}

/// @title The short windows of responders named beforehand
abstract contract EmergencyWindows is GrantBook {
    /// @inheritdoc IAccessGrants
    uint40 public constant EMERGENCY_WINDOW = 1 hours;

    mapping(address device => mapping(address responder => Window)) private _windows;

    function _openWindow(
        Place memory place,
        address grantor,
        address responder
    ) internal returns (uint40 until) {
        Place memory restsOn = place;
        if (!_gives(place, grantor, responder, Permissions.EMERGENCY)) {
            restsOn = _fleetOf(place.owner);
            if (!_gives(restsOn, grantor, responder, Permissions.EMERGENCY)) {
                revert GrantsNoEmergency(place.subject, responder);
            }
        }
        until = uint40(block.timestamp) + EMERGENCY_WINDOW;
        _windows[place.subject][responder] = Window({
            grantor: grantor,
            until: until,
            ownerEpoch: place.ownerEpoch,
            generation: _grants[restsOn.subject][grantor][responder].generation,
            ofFleet: restsOn.subject != place.subject
        });
    }

    function _closeWindow(Place memory place, address responder) internal {
        Window memory window = _windowOf(place, responder);
        if (block.timestamp >= window.until) revert GrantsNoEmergency(place.subject, responder);
        delete _windows[place.subject][responder];
    }

    /// @dev Whether `responder` has an open window by the word of `grantor`, and still the grant it rests on.
    function _inWindow(
        Place memory place,
        address grantor,
        address responder
    ) internal view returns (bool) {
        Window memory window = _windowOf(place, responder);
        if (block.timestamp >= window.until || window.grantor != grantor) return false;
        Place memory restsOn = window.ofFleet ? _fleetOf(place.owner) : place;
        return
            _grants[restsOn.subject][grantor][responder].generation == window.generation &&
            _gives(restsOn, grantor, responder, Permissions.EMERGENCY);
    }

    function _windowOf(
        Place memory place,
        address responder
    ) internal view returns (Window memory window) {
        Window memory last = _windows[place.subject][responder];
        if (last.ownerEpoch == place.ownerEpoch) return last;
    }
}
