// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Devices as ERC-721 tokens that cannot be moved (ERC-5192), for wallets and explorers
/// @notice Token id = device id. Retired devices are burnt tokens. Everything that would move a token or allow
/// somebody to move it reverts: a device changes hands by {IDeviceRegistry-transfer} only.
interface IDeviceToken {
    function name() external view returns (string memory);

    function symbol() external view returns (string memory);

    /// @notice The device's DID, `did:ethr:0x<chain id>:<device id>`.
    function tokenURI(uint256 tokenId) external view returns (string memory);

    function balanceOf(address owner) external view returns (uint256);

    function ownerOf(uint256 tokenId) external view returns (address);

    function getApproved(uint256 tokenId) external view returns (address);

    function isApprovedForAll(address owner, address operator) external view returns (bool);

    /// @notice True for every device.
    function locked(uint256 tokenId) external view returns (bool);

    function approve(address to, uint256 tokenId) external;

    function setApprovalForAll(address operator, bool approved) external;

    function transferFrom(address from, address to, uint256 tokenId) external;

    function safeTransferFrom(address from, address to, uint256 tokenId) external;

    function safeTransferFrom(
        address from,
        address to,
        uint256 tokenId,
        bytes calldata data
    ) external;
}
