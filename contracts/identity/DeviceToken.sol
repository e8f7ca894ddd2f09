// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IDeviceRegistry} from "../interfaces/IDeviceRegistry.sol";
import {IDeviceToken} from "../interfaces/IDeviceToken.sol";
import {IERC5192} from "../interfaces/IERC5192.sol";
import {DeviceBook} from "./DeviceBook.sol";

/// @title The registry as ERC-721 sees it
abstract contract DeviceToken is IDeviceToken, IERC165, IERC721Errors, DeviceBook {
    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return
            interfaceId == type(IERC165).interfaceId ||
            interfaceId == type(IERC721).interfaceId ||
            interfaceId == type(IERC721Metadata).interfaceId ||
            interfaceId == type(IERC5192).interfaceId;
    }

    /// @inheritdoc IDeviceToken
    function name() external pure returns (string memory) {
        return "Fieldseal Device";
    }

    /// @inheritdoc IDeviceToken
    function symbol() external pure returns (string memory) {
        return "FIELD";
    }

    /// @inheritdoc IDeviceToken
    function tokenURI(uint256 tokenId) external view returns (string memory) {
        address device = _requireToken(tokenId);
        bytes memory chain = bytes(Strings.toHexString(block.chainid));
        // DIDs write the chain id without leading zeros, toHexString in whole bytes.
        if (chain[2] == "0") {
            for (uint256 i = 2; i + 1 < chain.length; ++i) chain[i] = chain[i + 1];
            assembly ("memory-safe") {
                mstore(chain, sub(mload(chain), 1))
            }
        }
        return string.concat("did:ethr:", string(chain), ":", Strings.toHexString(device));
    }

    /// @inheritdoc IDeviceToken
    function balanceOf(address owner) external view returns (uint256) {
        if (owner == address(0)) revert ERC721InvalidOwner(owner);
        return _balances[owner];
    }

    /// @inheritdoc IDeviceToken
    function ownerOf(uint256 tokenId) external view returns (address) {
        return _devices[_requireToken(tokenId)].owner;
    }

    /// @inheritdoc IDeviceToken
    function getApproved(uint256 tokenId) external view returns (address) {
        _requireToken(tokenId);
        return address(0);
    }

    /// @inheritdoc IDeviceToken
    function isApprovedForAll(address, address) external pure returns (bool) {
        return false;
    }

    /// @inheritdoc IDeviceToken
    function locked(uint256 tokenId) external view returns (bool) {
        _requireToken(tokenId);
        return true;
    }

    /// @inheritdoc IDeviceToken
    function approve(address, uint256) external pure {
        revert IDeviceRegistry.RegistryViewOnly();
    }

    /// @inheritdoc IDeviceToken
    function setApprovalForAll(address, bool) external pure {
        revert IDeviceRegistry.RegistryViewOnly();
    }

    /// @inheritdoc IDeviceToken
    function transferFrom(address, address, uint256) external pure {
        revert IDeviceRegistry.RegistryViewOnly();
    }

    /// @inheritdoc IDeviceToken
    function safeTransferFrom(address, address, uint256) external pure {
        revert IDeviceRegistry.RegistryViewOnly();
    }

    /// @inheritdoc IDeviceToken
    function safeTransferFrom(address, address, uint256, bytes calldata) external pure {
        revert IDeviceRegistry.RegistryViewOnly();
    }

    function _requireToken(uint256 tokenId) private view returns (address device) {
        device = address(uint160(tokenId));
        if (tokenId > type(uint160).max || !_isAlive(_devices[device].status)) {
            revert ERC721NonexistentToken(tokenId);
        }
    }
}
