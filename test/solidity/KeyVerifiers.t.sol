// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {P256Answer} from "../../contracts/identity/P256Probe.sol";
import {
    IKeyVerifiers,
    P256Route,
    PublicKey,
    Signature
} from "../../contracts/interfaces/IKeyVerifiers.sol";
import {Key, Keys} from "./support/Keys.sol";

/// @notice Numbers are those of docs/properties/KeyVerifiers.md.
contract KeyVerifiersTest is Keys {
    address private constant IOTEX = address(0x8001);

    IKeyVerifiers private _standard;
    IKeyVerifiers private _iotex;

    function setUp() public {
        _standard = _deploy(P256Route.Standard);
        _iotex = _deploy(P256Route.Iotex);
        vm.etch(
            IOTEX,
            vm.getDeployedCode("contracts/mocks/IotexP256Emulation.sol:IotexP256Emulation")
        );
    }

    function testFuzz_1_accepts_what_the_key_signed(uint256 seed, bytes32 digest) public view {
        Key memory key = _key(_keyType(seed), seed >> 1);
        Signature memory signature = _sign(key, digest);
        vm.assertTrue(_standard.verify(key.open, digest, signature), "signed");
        vm.assertTrue(_iotex.verify(key.open, digest, signature), "signed, IoTeX");
    }

    function testFuzz_2_refuses_any_change(uint256 seed, bytes32 digest, uint8 place) public view {
        Key memory key = _key(_keyType(seed), seed >> 1);
        Signature memory signature = _sign(key, digest);
        bytes32 flip = bytes32(uint256(1) << (seed % 256));
        place %= 5;
        if (place == 0) digest ^= flip;
        if (place == 1) signature.r ^= flip;
        if (place == 2) signature.s ^= flip;
        if (place == 3) key.open.x ^= flip;
        if (place == 4) key.open.y ^= flip;
        vm.assertFalse(_standard.verify(key.open, digest, signature), "changed");
        vm.assertFalse(_iotex.verify(key.open, digest, signature), "changed, IoTeX");
    }

    function testFuzz_2_refuses_another_key(
        uint256 seed,
        uint256 other,
        bytes32 digest
    ) public view {
        Key memory signer = _key(_keyType(seed), seed >> 1);
        Key memory key = _key(_keyType(other), other >> 1);
        vm.assume(signer.id != key.id);
        Signature memory signature = _sign(signer, digest);
        vm.assertFalse(_standard.verify(key.open, digest, signature), "another key");
    }

    function testFuzz_3_refuses_the_second_valid_s(uint256 seed, bytes32 digest) public view {
        Key memory key = _key(_keyType(seed), seed >> 1);
        Signature memory signature = _sign(key, digest);
        uint256 order = key.open.keyType == 1 ? SECP256K1_N : P256_N;
        signature.s = bytes32(order - uint256(signature.s));
        vm.assertFalse(_standard.verify(key.open, digest, signature), "high-s");
        vm.assertFalse(_iotex.verify(key.open, digest, signature), "high-s, IoTeX");
    }

    function testFuzz_4_refuses_unknown_key_types(uint256 seed, uint8 keyType) public view {
        vm.assume(keyType != 1 && keyType != 2);
        Key memory key = _key(_keyType(seed), seed >> 1);
        Signature memory signature = _sign(key, bytes32(seed));
        key.open.keyType = keyType;
        vm.assertFalse(_standard.verify(key.open, bytes32(seed), signature), "unknown type");
    }

    function testFuzz_5_answers_no_to_any_bytes_and_never_reverts(
        bool p256,
        bytes32 x,
        bytes32 y,
        bytes32 digest,
        bytes32 r,
        bytes32 s
    ) public view {
        PublicKey memory key = PublicKey(p256 ? 2 : 1, x, y);
        vm.assertFalse(_standard.verify(key, digest, Signature(r, s)), "any bytes");
        vm.assertFalse(_iotex.verify(key, digest, Signature(r, s)), "any bytes, IoTeX");
    }

    function test_5_refuses_the_point_at_infinity_and_zero_signatures() public view {
        for (uint8 keyType = 1; keyType <= 2; ++keyType) {
            Key memory key = _key(keyType, 7);
            Signature memory zero = Signature(0, 0);
            vm.assertFalse(_standard.verify(key.open, bytes32(0), zero), "zero signature");
            PublicKey memory infinity = PublicKey(keyType, 0, 0);
            vm.assertFalse(_standard.verify(infinity, bytes32(0), _sign(key, 0)), "infinity");
        }
    }

    function testFuzz_6_never_shows_a_bad_point_to_iotex(bytes32 x, bytes32 y) public view {
        // The emulation burns all gas on a bad point: the answer costs little only if it was never asked.
        uint256 before = gasleft();
        bool accepted = _iotex.verify(PublicKey(2, x, y), 0, Signature(x, bytes32(uint256(1))));
        vm.assertFalse(accepted, "bad point");
        vm.assertTrue(before - gasleft() < 50_000, "gas burnt");
    }

    function test_6_takes_only_the_single_byte_one_for_a_yes() public {
        Key memory key = _key(2, 7);
        Signature memory signature = _sign(key, 0);
        vm.etch(IOTEX, vm.getDeployedCode("contracts/mocks/AnswersYes.sol:AnswersYes"));
        vm.assertFalse(_iotex.verify(key.open, 0, signature), "32 bytes are no answer");
        vm.etch(IOTEX, "");
        vm.assertFalse(_iotex.verify(key.open, 0, signature), "no precompile is no answer");
        vm.etch(IOTEX, vm.getDeployedCode("contracts/mocks/AnswersNever.sol:AnswersNever"));
        vm.assertFalse(_iotex.verify(key.open, 0, signature), "a failure is no answer");
    }

    function test_7_the_probe_tells_a_working_precompile_from_code_that_answers_yes() public {
        (, P256Answer iotex) = _probe();
        vm.assertTrue(iotex == P256Answer.Works, "works");
        vm.etch(IOTEX, hex"600160005360016000f3");
        (, iotex) = _probe();
        vm.assertTrue(iotex == P256Answer.Forgeable, "answers yes");
        vm.etch(IOTEX, vm.getDeployedCode("contracts/mocks/AnswersNever.sol:AnswersNever"));
        (, iotex) = _probe();
        vm.assertTrue(iotex == P256Answer.Faulty, "fails");
        vm.etch(IOTEX, "");
        (, iotex) = _probe();
        vm.assertTrue(iotex == P256Answer.Absent, "absent");
    }

    function test_8_a_route_is_one_of_two_and_asks_nobody_else() public {
        bytes memory code = abi.encodePacked(
            vm.getCode("contracts/identity/KeyVerifiers.sol:KeyVerifiers"),
            uint256(2)
        );
        address third;
        assembly ("memory-safe") {
            third := create(0, add(code, 0x20), mload(code))
        }
        vm.assertEq(third, address(0), "a third route");
        // Code at IoTeX's address has no say on the standard route, and no key names whom to ask.
        vm.etch(IOTEX, hex"600160005360016000f3");
        Key memory key = _key(2, 7);
        Signature memory forged = _sign(_key(2, 8), 0);
        vm.assertFalse(_standard.verify(key.open, 0, forged), "another's precompile");
        vm.assertTrue(
            _iotex.verify(key.open, 0, forged),
            "the impostor was asked where it is the route"
        );
    }

    function _deploy(P256Route route) private returns (IKeyVerifiers) {
        string memory artifact = "contracts/identity/KeyVerifiers.sol:KeyVerifiers";
        return IKeyVerifiers(_create(artifact, abi.encode(route)));
    }

    function _probe() private returns (P256Answer standard, P256Answer iotex) {
        address probe = _create("contracts/identity/P256Probe.sol:P256Probe", "");
        return abi.decode(probe.code, (P256Answer, P256Answer));
    }
}
