// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessGrants} from "../../contracts/interfaces/IAccessGrants.sol";
import {GrantsTest} from "./support/GrantsTest.sol";

/// @notice What grantors sign, and what it is not good for. Numbers are those of docs/properties/AccessGrants.md.
contract AccessGrantsSignaturesTest is GrantsTest {
    uint256 private constant MANAGER_SECRET = 0x3A4A6E2;

    function setUp() public {
        vm.warp(1_800_000_000);
        _manager = vm.addr(MANAGER_SECRET);
        _enrol(_key1, _owner, 1);
    }

    function testFuzz_10_grants_by_signature(uint192 lane, uint40 bits, uint64 deadline) public {
        deadline = uint64(_bound(deadline, block.timestamp, FAR));
        bits = (bits & ALL) | READ;
        IAccessGrants.Terms[] memory terms = new IAccessGrants.Terms[](2);
        terms[0] = _terms(_device, _guest, bits, NO_END);
        terms[1] = _terms(_owner, _stranger, READ, NO_END);
        uint32[] memory epochs = new uint32[](2);
        uint256 nonce = uint256(lane) << 64;
        bytes32 action = _grantManyHash(_owner, terms, epochs, nonce, deadline);
        bytes memory word = _signGrants(OWNER_SECRET, action);
        _access.grantBySignature(_owner, terms, epochs, nonce, deadline, word);
        _yes(_owner, _guest, bits, "on the device");
        _yes(_owner, _stranger, READ, "on the fleet");
        vm.assertEq(_access.nonceOf(_owner, lane), 1, "counter");
        vm.expectRevert(_wrongNonce(_owner, nonce));
        _access.grantBySignature(_owner, terms, epochs, nonce, deadline, word);
    }

    function testFuzz_10_revokes_by_signature(bool all, bool fleet) public {
        address subject = fleet ? _owner : _device;
        _give(_owner, subject, _guest, READ);
        _signedRevoke(subject, 0, all);
        _no(_owner, _guest, READ, "revoked");
        _give(_owner, subject, _guest, READ);
        vm.expectRevert(_wrongNonce(_owner, 0));
        _signedRevoke(subject, 0, all);
        _yes(_owner, _guest, READ, "not by the same signature again");
    }

    function test_10_delegates_sign_too() public {
        _give(_owner, _device, _manager, READ | DELEGATE);
        (IAccessGrants.Terms[] memory terms, uint32[] memory epochs) = _one(_device, READ);
        bytes32 action = _grantManyHash(_manager, terms, epochs, 0, FAR);
        bytes memory word = _signGrants(MANAGER_SECRET, action);
        _access.grantBySignature(_manager, terms, epochs, 0, FAR, word);
        _yes(_manager, _guest, READ, "by the delegate");
        terms[0].permissions = COMMAND;
        word = _signGrants(MANAGER_SECRET, _grantManyHash(_manager, terms, epochs, 1, FAR));
        vm.expectRevert(
            abi.encodeWithSelector(IAccessGrants.GrantsPermissions.selector, COMMAND, READ)
        );
        _access.grantBySignature(_manager, terms, epochs, 1, FAR, word);
        vm.assertEq(_access.nonceOf(_manager, 0), 1, "a refused one spends nothing");
    }

    function testFuzz_10_a_contract_signs_by_erc1271(bool rightSigner) public {
        address wallet = _create("contracts/mocks/SmartWallet.sol:SmartWallet", abi.encode(_buyer));
        _transfer(_key1, _device, wallet);
        (IAccessGrants.Terms[] memory terms, uint32[] memory epochs) = _one(_device, READ);
        epochs[0] = 1;
        bytes memory word = _signGrants(
            rightSigner ? BUYER_SECRET : OWNER_SECRET,
            _grantManyHash(wallet, terms, epochs, 0, FAR)
        );
        if (!rightSigner) vm.expectRevert(_wrongSignature(wallet));
        _access.grantBySignature(wallet, terms, epochs, 0, FAR, word);
        vm.assertTrue(_access.allowed(_device, wallet, _guest, READ) == rightSigner, "granted");
        bytes32 action = _revokeAllHash(_device, wallet, rightSigner ? 1 : 0, FAR);
        word = _signGrants(OWNER_SECRET, action);
        vm.expectRevert(_wrongSignature(wallet));
        _access.revokeAllBySignature(_device, wallet, rightSigner ? 1 : 0, FAR, word);
    }

    function testFuzz_10_only_the_grantor_s_signature_counts(uint128 secret) public {
        uint256 forger = uint256(secret) + 1;
        vm.assume(forger != OWNER_SECRET);
        (IAccessGrants.Terms[] memory terms, uint32[] memory epochs) = _one(_device, READ);
        bytes memory word = _signGrants(forger, _grantManyHash(_owner, terms, epochs, 0, FAR));
        vm.expectRevert(_wrongSignature(_owner));
        _access.grantBySignature(_owner, terms, epochs, 0, FAR, word);
        vm.expectRevert(_wrongSignature(_owner));
        _access.grantBySignature(_owner, terms, epochs, 0, FAR, "");
        // Nobody's recovery yields address 0.
        vm.expectRevert(_wrongSignature(address(0)));
        _access.grantBySignature(address(0), terms, epochs, 0, FAR, new bytes(65));
    }

    function testFuzz_10_every_argument_is_bound(uint8 which) public {
        (IAccessGrants.Terms[] memory terms, uint32[] memory epochs) = _one(_device, READ);
        bytes32 action = _grantManyHash(_owner, terms, epochs, 0, FAR);
        bytes memory word = _signGrants(OWNER_SECRET, action);
        uint64 deadline = FAR;
        uint256 nonce = 0;
        which = which % 9;
        if (which == 0) terms[0].subject = _owner;
        else if (which == 1) terms[0].grantee = _stranger;
        else if (which == 2) terms[0].permissions = COMMAND;
        else if (which == 3) terms[0].from = 1;
        else if (which == 4) terms[0].until = NO_END - 1;
        else if (which == 5) terms[0].purpose = bytes32(uint256(1));
        else if (which == 6) deadline = FAR - 1;
        else if (which == 7) nonce = uint256(1) << 64;
        else (terms, epochs) = (new IAccessGrants.Terms[](0), new uint32[](0));
        vm.expectRevert(_wrongSignature(_owner));
        _access.grantBySignature(_owner, terms, epochs, nonce, deadline, word);
    }

    function testFuzz_10_a_signature_is_void_after_a_transfer(uint8 transfers) public {
        (IAccessGrants.Terms[] memory terms, uint32[] memory epochs) = _one(_device, READ);
        bytes32 action = _grantManyHash(_owner, terms, epochs, 0, FAR);
        bytes memory word = _signGrants(OWNER_SECRET, action);
        uint32 count = 1 + (transfers % 4);
        for (uint256 i = 0; i < count; ++i) {
            _transfer(_key1, _device, i % 2 == 0 ? _buyer : _owner);
        }
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.GrantsEpoch.selector, _device, count));
        _access.grantBySignature(_owner, terms, epochs, 0, FAR, word);
        epochs[0] = count;
        vm.expectRevert(_wrongSignature(_owner));
        _access.grantBySignature(_owner, terms, epochs, 0, FAR, word);
    }

    function testFuzz_10_each_term_has_its_epoch(uint8 terms_, uint8 epochs_) public {
        vm.assume(terms_ % 4 != epochs_ % 4);
        IAccessGrants.Terms[] memory terms = new IAccessGrants.Terms[](terms_ % 4);
        for (uint256 i = 0; i < terms.length; ++i) terms[i] = _terms(_device, _guest, READ, NO_END);
        uint32[] memory epochs = new uint32[](epochs_ % 4);
        bytes32 action = _grantManyHash(_owner, terms, epochs, 0, FAR);
        bytes memory word = _signGrants(OWNER_SECRET, action);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessGrants.GrantsLengths.selector,
                terms.length,
                epochs.length
            )
        );
        _access.grantBySignature(_owner, terms, epochs, 0, FAR, word);
    }

    function testFuzz_10_a_fleet_has_no_epoch(uint32 epoch) public {
        vm.assume(epoch != 0);
        (IAccessGrants.Terms[] memory terms, uint32[] memory epochs) = _one(_owner, READ);
        epochs[0] = epoch;
        bytes memory word = _signGrants(
            OWNER_SECRET,
            _grantManyHash(_owner, terms, epochs, 0, FAR)
        );
        vm.expectRevert(abi.encodeWithSelector(IAccessGrants.GrantsEpoch.selector, _owner, 0));
        _access.grantBySignature(_owner, terms, epochs, 0, FAR, word);
    }

    function testFuzz_10_signatures_of_a_lane_come_in_order(uint192 lane, uint64 counter) public {
        vm.assume(counter != 0);
        uint256 nonce = (uint256(lane) << 64) | counter;
        (IAccessGrants.Terms[] memory terms, uint32[] memory epochs) = _one(_device, READ);
        bytes memory word = _signGrants(
            OWNER_SECRET,
            _grantManyHash(_owner, terms, epochs, nonce, FAR)
        );
        vm.expectRevert(_wrongNonce(_owner, nonce));
        _access.grantBySignature(_owner, terms, epochs, nonce, FAR, word);
        vm.expectRevert(_wrongNonce(_owner, nonce));
        _access.revokeBySignature(_device, _owner, _guest, nonce, FAR, word);
        vm.expectRevert(_wrongNonce(_owner, nonce));
        _access.revokeAllBySignature(_device, _owner, nonce, FAR, word);
    }

    function testFuzz_10_a_signature_expires(uint32 deadline, uint32 late) public {
        vm.assume(late != 0);
        (IAccessGrants.Terms[] memory terms, uint32[] memory epochs) = _one(_device, READ);
        bytes memory word = _signGrants(
            OWNER_SECRET,
            _grantManyHash(_owner, terms, epochs, 0, deadline)
        );
        vm.warp(uint256(deadline) + late);
        bytes memory refusal = abi.encodeWithSelector(
            IAccessGrants.GrantsExpired.selector,
            uint64(deadline)
        );
        vm.expectRevert(refusal);
        _access.grantBySignature(_owner, terms, epochs, 0, deadline, word);
        word = _signGrants(OWNER_SECRET, _revokeHash(_device, _owner, _guest, 0, deadline));
        vm.expectRevert(refusal);
        _access.revokeBySignature(_device, _owner, _guest, 0, deadline, word);
        word = _signGrants(OWNER_SECRET, _revokeAllHash(_device, _owner, 0, deadline));
        vm.expectRevert(refusal);
        _access.revokeAllBySignature(_device, _owner, 0, deadline, word);
    }

    function test_10_a_signature_for_one_action_is_none_for_another() public {
        _give(_owner, _device, _guest, READ);
        (IAccessGrants.Terms[] memory terms, uint32[] memory epochs) = _one(_device, COMMAND);
        bytes memory grant = _signGrants(
            OWNER_SECRET,
            _grantManyHash(_owner, terms, epochs, 0, FAR)
        );
        bytes memory revoke = _signGrants(
            OWNER_SECRET,
            _revokeHash(_device, _owner, _guest, 0, FAR)
        );
        bytes memory revokeAll = _signGrants(OWNER_SECRET, _revokeAllHash(_device, _owner, 0, FAR));
        bytes[3] memory words = [grant, revoke, revokeAll];
        for (uint256 i = 0; i < 3; ++i) {
            if (i != 0) {
                vm.expectRevert(_wrongSignature(_owner));
                _access.grantBySignature(_owner, terms, epochs, 0, FAR, words[i]);
            }
            if (i != 1) {
                vm.expectRevert(_wrongSignature(_owner));
                _access.revokeBySignature(_device, _owner, _guest, 0, FAR, words[i]);
            }
            if (i != 2) {
                vm.expectRevert(_wrongSignature(_owner));
                _access.revokeAllBySignature(_device, _owner, 0, FAR, words[i]);
            }
        }
        _yes(_owner, _guest, READ, "as it was");
    }

    function test_10_a_signature_is_for_one_contract_on_one_chain() public {
        (IAccessGrants.Terms[] memory terms, uint32[] memory epochs) = _one(_device, READ);
        bytes memory word = _signGrants(
            OWNER_SECRET,
            _grantManyHash(_owner, terms, epochs, 0, FAR)
        );
        IAccessGrants another = _deployGrants(address(_registry));
        vm.expectRevert(_wrongSignature(_owner));
        another.grantBySignature(_owner, terms, epochs, 0, FAR, word);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(_wrongSignature(_owner));
        _access.grantBySignature(_owner, terms, epochs, 0, FAR, word);
    }

    function test_10_a_grantor_takes_back_what_he_signed_by_spending_its_nonce() public {
        (IAccessGrants.Terms[] memory terms, uint32[] memory epochs) = _one(_device, READ);
        bytes memory word = _signGrants(
            OWNER_SECRET,
            _grantManyHash(_owner, terms, epochs, 0, FAR)
        );
        IAccessGrants.Terms[] memory none = new IAccessGrants.Terms[](0);
        vm.prank(_owner);
        _access.grantBySignature(_owner, none, new uint32[](0), 0, FAR, "");
        vm.expectRevert(_wrongNonce(_owner, 0));
        _access.grantBySignature(_owner, terms, epochs, 0, FAR, word);
    }

    function test_10_a_batch_is_done_whole_or_not_at_all() public {
        IAccessGrants.Terms[] memory terms = new IAccessGrants.Terms[](2);
        terms[0] = _terms(_device, _guest, READ, NO_END);
        terms[1] = _terms(_buyer, _guest, READ, NO_END);
        bytes memory refusal = abi.encodeWithSelector(
            IAccessGrants.GrantsUnknownSubject.selector,
            _buyer
        );
        vm.expectRevert(refusal);
        vm.prank(_owner);
        _access.grantMany(terms);
        uint32[] memory epochs = new uint32[](2);
        bytes32 action = _grantManyHash(_owner, terms, epochs, 0, FAR);
        bytes memory word = _signGrants(OWNER_SECRET, action);
        vm.expectRevert(refusal);
        _access.grantBySignature(_owner, terms, epochs, 0, FAR, word);
        _no(_owner, _guest, READ, "nothing was granted");
        vm.assertEq(_access.nonceOf(_owner, 0), 0, "nor spent");
        terms[1].subject = _owner;
        vm.prank(_owner);
        _access.grantMany(terms);
        _yes(_owner, _guest, READ, "granted");
    }

    function _signedRevoke(address subject, uint256 nonce, bool all) private {
        bytes32 action =
            all
                ? _revokeAllHash(subject, _owner, nonce, FAR)
                : _revokeHash(subject, _owner, _guest, nonce, FAR);
        bytes memory word = _signGrants(OWNER_SECRET, action);
        if (all) _access.revokeAllBySignature(subject, _owner, nonce, FAR, word);
        else _access.revokeBySignature(subject, _owner, _guest, nonce, FAR, word);
    }

    function _one(
        address subject,
        uint40 bits
    ) private view returns (IAccessGrants.Terms[] memory terms, uint32[] memory epochs) {
        terms = new IAccessGrants.Terms[](1);
        terms[0] = _terms(subject, _guest, bits, NO_END);
        epochs = new uint32[](1);
    }

    function _wrongSignature(address grantor) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAccessGrants.GrantsSignature.selector, grantor);
    }

    function _wrongNonce(address grantor, uint256 nonce) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAccessGrants.GrantsNonce.selector, grantor, nonce);
    }
}
