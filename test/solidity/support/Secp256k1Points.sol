// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Public keys of secp256k1 secrets (SEC 1 §3.2.1), in Jacobian coordinates
library Secp256k1Points {
    uint256 private constant P = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;
    uint256 private constant GX =
        0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798;
    uint256 private constant GY =
        0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8;

    struct Point {
        uint256 x;
        uint256 y;
        uint256 z;
    }

    function publicKey(uint256 secret) internal view returns (uint256 x, uint256 y) {
        Point memory sum = Point(0, 0, 0);
        Point memory power = Point(GX, GY, 1);
        for (; secret != 0; secret >>= 1) {
            if (secret & 1 == 1) sum = sum.z == 0 ? power : _add(sum, power);
            power = _double(power);
        }
        uint256 inverse = _inverse(sum.z);
        uint256 square = mulmod(inverse, inverse, P);
        x = mulmod(sum.x, square, P);
        y = mulmod(sum.y, mulmod(square, inverse, P), P);
    }

    function _double(Point memory a) private pure returns (Point memory r) {
        uint256 yy = mulmod(a.y, a.y, P);
        uint256 s = mulmod(4, mulmod(a.x, yy, P), P);
        uint256 m = mulmod(3, mulmod(a.x, a.x, P), P);
        r.x = addmod(mulmod(m, m, P), P - mulmod(2, s, P), P);
        uint256 eight = mulmod(8, mulmod(yy, yy, P), P);
        r.y = addmod(mulmod(m, addmod(s, P - r.x, P), P), P - eight, P);
        r.z = mulmod(2, mulmod(a.y, a.z, P), P);
    }

    /// @dev Of different points that are not opposite: a sum of lower powers never meets the next.
    function _add(Point memory a, Point memory b) private pure returns (Point memory r) {
        uint256 za = mulmod(a.z, a.z, P);
        uint256 zb = mulmod(b.z, b.z, P);
        uint256 ua = mulmod(a.x, zb, P);
        uint256 sa = mulmod(a.y, mulmod(zb, b.z, P), P);
        uint256 h = addmod(mulmod(b.x, za, P), P - ua, P);
        uint256 d = addmod(mulmod(b.y, mulmod(za, a.z, P), P), P - sa, P);
        uint256 hh = mulmod(h, h, P);
        uint256 hhh = mulmod(hh, h, P);
        uint256 v = mulmod(ua, hh, P);
        r.x = addmod(addmod(mulmod(d, d, P), P - hhh, P), P - mulmod(2, v, P), P);
        r.y = addmod(mulmod(d, addmod(v, P - r.x, P), P), P - mulmod(sa, hhh, P), P);
        r.z = mulmod(h, mulmod(a.z, b.z, P), P);
    }

    function _inverse(uint256 value) private view returns (uint256 inverse) {
        (, bytes memory answer) = address(5).staticcall(abi.encode(32, 32, 32, value, P - 2, P));
        inverse = abi.decode(answer, (uint256));
    }
}
