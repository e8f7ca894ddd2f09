// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The cheatcodes that these tests use
interface Vm {
    function addr(uint256 privateKey) external pure returns (address);

    function sign(
        uint256 privateKey,
        bytes32 digest
    ) external pure returns (uint8 v, bytes32 r, bytes32 s);

    function publicKeyP256(uint256 privateKey) external pure returns (uint256 x, uint256 y);

    function signP256(
        uint256 privateKey,
        bytes32 digest
    ) external pure returns (bytes32 r, bytes32 s);

    function getCode(string calldata artifact) external view returns (bytes memory);

    function getDeployedCode(string calldata artifact) external view returns (bytes memory);

    function prank(address sender) external;

    function warp(uint256 time) external;

    function roll(uint256 number) external;

    function chainId(uint256 id) external;

    function etch(address target, bytes calldata code) external;

    function expectRevert(bytes calldata data) external;

    function expectRevert(bytes4 selector) external;

    function expectPartialRevert(bytes4 selector) external;

    /// @dev The next event of `emitter` that is emitted after the test's own has the same topics and data.
    function expectEmit(address emitter) external;

    function assume(bool condition) external pure;

    function assertTrue(bool condition, string calldata reason) external pure;

    function assertFalse(bool condition, string calldata reason) external pure;

    function assertEq(uint256 left, uint256 right, string calldata reason) external pure;

    function assertEq(address left, address right, string calldata reason) external pure;

    function assertEq(bytes32 left, bytes32 right, string calldata reason) external pure;
}
