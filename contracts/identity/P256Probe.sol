// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What stands where a chain should check P-256.
/// `Absent`: nothing. `Works`: right answers. `Forgeable`: it accepts what nobody signed. `Faulty`: it fails, or
/// refuses some valid signatures.
enum P256Answer {
    Absent,
    Works,
    Forgeable,
    Faulty
}

/// @title Whether a chain's P-256 check can be trusted, before anything is deployed
/// @notice `eth_call` with this contract's creation code and no recipient: the answer is
/// `abi.encode(P256Answer standard, P256Answer iotex)` for the precompiles at 0x100 and 0x8001, where a contract's
/// code would be. `P256Route.Standard` is safe if `standard` is `Works` or `Absent` (then Solidity checks),
/// `P256Route.Iotex` if `iotex` is `Works`.
/// @dev OpenZeppelin's P256 takes any non-zero word from 0x100 for a yes, and burns all gas when the call fails.
contract P256Probe {
    struct Vector {
        bytes32 digest;
        bytes32 r;
        bytes32 s;
        bytes32 x;
        bytes32 y;
    }

    uint256 private constant GAS = 1_000_000;
    uint256 private constant N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;

    constructor() {
        bytes memory answer = abi.encode(_probe(false), _probe(true));
        assembly ("memory-safe") {
            return(add(answer, 0x20), mload(answer))
        }
    }

    function _probe(bool iotex) private view returns (P256Answer) {
        Vector[2] memory good = [_wycheproof(), _rfc6979()];
        (bool first, bool firstFailed) = _ask(iotex, good[0]);
        (bool second, bool secondFailed) = _ask(iotex, good[1]);
        good[0].digest = ~good[0].digest;
        good[1].r = bytes32(uint256(good[1].r) ^ 1);
        (bool third, bool thirdFailed) = _ask(iotex, good[0]);
        (bool fourth, bool fourthFailed) = _ask(iotex, good[1]);

        if (third || fourth) return P256Answer.Forgeable;
        if (firstFailed || secondFailed || thirdFailed || fourthFailed) return P256Answer.Faulty;
        if (first && second) return P256Answer.Works;
        return first || second ? P256Answer.Faulty : P256Answer.Absent;
    }

    function _ask(
        bool iotex,
        Vector memory vector
    ) private view returns (bool accepted, bool failed) {
        bytes memory input =
            iotex
                ? abi.encodePacked(vector.digest, vector.r, vector.s, uint8(4), vector.x, vector.y)
                : abi.encode(vector.digest, vector.r, vector.s, vector.x, vector.y);
        address precompile = iotex ? address(0x8001) : address(0x100);
        (bool answered, bytes memory answer) = precompile.staticcall{gas: GAS}(input);
        accepted = answered && (iotex ? _isOneByteYes(answer) : bytes32(answer) != 0);
        failed = !answered;
    }

    function _isOneByteYes(bytes memory answer) private pure returns (bool) {
        return answer.length == 1 && answer[0] == 0x01;
    }

    /// @dev Project Wycheproof, ecdsa_secp256r1_sha256_p1363, small r and s: the vector OpenZeppelin asks too.
    function _wycheproof() private pure returns (Vector memory) {
        return
            Vector({
                digest: 0xbb5a52f42f9c9261ed4361f59422a1e30036e7c32b270c8807a419feca605023,
                r: bytes32(uint256(5)),
                s: bytes32(uint256(1)),
                x: 0xa71af64de5126a4a4e02b7922d66ce9415ce88a4c9d25514d91082c8725ac957,
                y: 0x5d47723c8fbe580bb369fec9c2665d8e30a435b9932645482e7c9f11e872296b
            });
    }

    /// @dev RFC 6979 §A.2.5, SHA-256 of "sample", with low-s.
    function _rfc6979() private pure returns (Vector memory) {
        return
            Vector({
                digest: sha256("sample"),
                r: 0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716,
                s: bytes32(N - 0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8),
                x: 0x60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6,
                y: 0x7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299
            });
    }
}
