// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessGrants} from "../../contracts/interfaces/IAccessGrants.sol";
import {Key} from "./support/Keys.sol";
import {GrantsTest} from "./support/GrantsTest.sol";

/// @notice A few accounts granting, revoking, selling and waiting in any order. What it remembers is what was said, not
/// what the contract made of it.
contract GrantsActor is GrantsTest {
    uint256 private constant ACCOUNTS = 5;
    uint256 private constant DEVICES = 2;

    address[] public accounts;
    Key[] private _keys;
    /// @notice Owner epoch of a device when that grant on it was made last.
    mapping(bytes32 place => uint32) public madeIn;
    /// @notice Whether the last word about that grant was a revocation.
    mapping(bytes32 place => bool) public revoked;

    constructor() {
        vm.warp(1_800_000_000);
        accounts = [_owner, _buyer, _manager, _guest, EVERYBODY];
        for (uint256 i = 0; i < DEVICES; ++i) {
            _keys.push(_key(1, 0x2001 + i));
            _enrol(_keys[i], _owner, 1);
        }
    }

    function access() external view returns (IAccessGrants) {
        return _access;
    }

    function ownerOf(address device) public view returns (address owner) {
        return _registry.device(device).owner;
    }

    function epochOf(address device) public view returns (uint32) {
        return _registry.device(device).ownerEpoch;
    }

    function deviceAt(uint256 i) public view returns (address) {
        return _keys[i % DEVICES].id;
    }

    function placeOf(
        address subject,
        address grantor,
        address grantee
    ) public pure returns (bytes32) {
        return keccak256(abi.encode(subject, grantor, grantee));
    }

    function grant(uint256 seed, uint40 bits, uint16 from, uint16 length) external {
        IAccessGrants.Terms memory terms = IAccessGrants.Terms({
            subject: _subject(seed),
            grantee: accounts[(seed >> 8) % ACCOUNTS],
            permissions: bits & 0x3f,
            from: uint40(block.timestamp) - 100 + from,
            until: uint40(block.timestamp) + length,
            purpose: bytes32(seed)
        });
        if (terms.grantee == EVERYBODY) terms.permissions = READ;
        address grantor = accounts[(seed >> 16) % 4];
        vm.prank(grantor);
        _access.grant(terms);
        bytes32 place = placeOf(terms.subject, grantor, terms.grantee);
        revoked[place] = false;
        madeIn[place] = epochOf(terms.subject);
    }

    /// @dev The common case, which random accounts seldom meet: owner, delegate, guest.
    function delegate(uint256 seed, uint16 length) external {
        address device = deviceAt(seed);
        address owner = ownerOf(device);
        address subject = seed & 2 == 0 ? device : owner;
        uint40 until = uint40(block.timestamp) + 1 + length;
        _giveUntil(owner, subject, _manager, READ | COMMAND | DELEGATE | EMERGENCY, until);
        uint40 bits = seed & 4 == 0 ? READ | COMMAND : READ | EMERGENCY;
        _giveUntil(_manager, device, _guest, bits, until);
        _said(subject, owner, _manager);
        _said(device, _manager, _guest);
    }

    function revoke(uint256 seed) external {
        address subject = _subject(seed);
        address grantor = accounts[(seed >> 16) % 4];
        address grantee = accounts[(seed >> 8) % ACCOUNTS];
        vm.prank(grantor);
        _access.revoke(subject, grantor, grantee);
        revoked[placeOf(subject, grantor, grantee)] = true;
    }

    function revokeAll(uint256 seed) external {
        address subject = _subject(seed);
        address grantor = accounts[(seed >> 16) % 4];
        vm.prank(grantor);
        _access.revokeAll(subject);
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            revoked[placeOf(subject, grantor, accounts[i])] = true;
        }
    }

    function openEmergency(uint256 seed) external {
        address grantor = accounts[(seed >> 16) % 4];
        vm.prank(accounts[(seed >> 8) % 4]);
        _access.openEmergency(deviceAt(seed), grantor, bytes32(seed));
    }

    function transfer(uint256 seed) external {
        Key memory key = _keys[seed % DEVICES];
        _transfer(key, key.id, seed & 2 == 0 ? _owner : _buyer);
    }

    function wait(uint16 time) external {
        vm.warp(block.timestamp + time);
    }

    function _said(address subject, address grantor, address grantee) private {
        bytes32 place = placeOf(subject, grantor, grantee);
        revoked[place] = false;
        madeIn[place] = epochOf(subject);
    }

    function _subject(uint256 seed) private view returns (address) {
        return seed % 3 == 0 ? accounts[(seed >> 24) % 2] : deviceAt(seed >> 24);
    }
}

/// @notice Numbers are those of docs/properties/AccessGrants.md.
contract GrantsInvariantsTest is GrantsTest {
    uint256 private constant DEVICES = 2;
    uint256 private constant ACCOUNTS = 5;
    uint40 private constant BITS = 6;
    GrantsActor private _actor;
    IAccessGrants private _of;

    function setUp() public {
        _actor = new GrantsActor();
        _of = _actor.access();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_actor);
    }

    /// @dev A right has a source: a grant on the device of its present epoch, or one on its owner's fleet, not revoked,
    /// to the asker or everybody; or the asker's own EMERGENCY.
    function invariant_5_7_a_right_has_a_grant_of_this_epoch_that_nobody_revoked() public view {
        for (uint256 d = 0; d < DEVICES; ++d) {
            address device = _actor.deviceAt(d);
            address owner = _actor.ownerOf(device);
            for (uint256 g = 0; g < 4; ++g) {
                address grantor = _actor.accounts(g);
                for (uint256 w = 0; w < ACCOUNTS; ++w) {
                    address who = _actor.accounts(w);
                    if (grantor == owner && who == owner) continue;
                    for (uint40 bit = 0; bit < BITS; ++bit) {
                        if (!_of.allowed(device, grantor, who, uint40(1) << bit)) continue;
                        bool stands =
                            _stands(device, owner, grantor, who) ||
                                (bit == 0 && _stands(device, owner, grantor, EVERYBODY));
                        vm.assertTrue(stands, "a right without a grant");
                    }
                }
            }
        }
    }

    function invariant_6_a_delegate_gives_no_more_than_he_has() public view {
        for (uint256 d = 0; d < DEVICES; ++d) {
            address device = _actor.deviceAt(d);
            address owner = _actor.ownerOf(device);
            for (uint256 g = 0; g < 4; ++g) {
                address grantor = _actor.accounts(g);
                if (grantor == owner) continue;
                for (uint256 w = 0; w < ACCOUNTS; ++w) {
                    address who = _actor.accounts(w);
                    for (uint40 bit = 0; bit < BITS; ++bit) {
                        uint40 asked = uint40(1) << bit;
                        if (!_of.allowed(device, grantor, who, asked)) continue;
                        vm.assertTrue(asked != DELEGATE, "given on");
                        // What comes of an emergency rests on the delegate's EMERGENCY.
                        vm.assertTrue(
                            _of.allowed(device, owner, grantor, asked | DELEGATE) ||
                                (asked < 4 &&
                                    _of.allowed(device, owner, grantor, EMERGENCY | DELEGATE)),
                            "more than his own"
                        );
                    }
                }
            }
        }
    }

    function invariant_4_everybody_only_reads() public view {
        for (uint256 d = 0; d < DEVICES; ++d) {
            for (uint256 g = 0; g < 4; ++g) {
                address device = _actor.deviceAt(d);
                address grantor = _actor.accounts(g);
                for (uint40 bits = 2; bits < 64; ++bits) {
                    vm.assertFalse(_of.allowed(device, grantor, EVERYBODY, bits), "everybody");
                    vm.assertFalse(_of.allowed(device, grantor, address(0xFEE1), bits), "anybody");
                }
            }
        }
    }

    function invariant_2_more_bits_are_never_more_easily_allowed() public view {
        for (uint256 d = 0; d < DEVICES; ++d) {
            address device = _actor.deviceAt(d);
            for (uint256 g = 0; g < 4; ++g) {
                for (uint256 w = 0; w < ACCOUNTS; ++w) {
                    (address by, address who) = (_actor.accounts(g), _actor.accounts(w));
                    if (!_of.allowed(device, by, who, READ | COMMAND)) continue;
                    vm.assertTrue(_of.allowed(device, by, who, READ), "read");
                    vm.assertTrue(_of.allowed(device, by, who, COMMAND), "command");
                }
            }
        }
    }

    function _stands(
        address device,
        address owner,
        address grantor,
        address who
    ) private view returns (bool) {
        bytes32 onDevice = _actor.placeOf(device, grantor, who);
        bool ofThisEpoch =
            _of.grantOf(device, grantor, who).generation != 0 &&
                _actor.madeIn(onDevice) == _actor.epochOf(device) &&
                !_actor.revoked(onDevice);
        bool ofFleet =
            _of.grantOf(owner, grantor, who).generation != 0 &&
                !_actor.revoked(_actor.placeOf(owner, grantor, who));
        return ofThisEpoch || ofFleet;
    }
}
