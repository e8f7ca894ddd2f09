// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeviceManifests} from "../../../contracts/interfaces/IDeviceManifests.sol";
import {IDeviceOwnership} from "../../../contracts/interfaces/IDeviceOwnership.sol";
import {IDeviceRecovery} from "../../../contracts/interfaces/IDeviceRecovery.sol";
import {IDeviceRegistry} from "../../../contracts/interfaces/IDeviceRegistry.sol";
import {IDeviceToken} from "../../../contracts/interfaces/IDeviceToken.sol";
import {IERC1056} from "../../../contracts/interfaces/IERC1056.sol";
import {P256Route, Signature} from "../../../contracts/interfaces/IKeyVerifiers.sol";
import {Key, Keys} from "./Keys.sol";

/// @notice All faces of the registry.
interface IRegistry is
    IDeviceRegistry,
    IDeviceOwnership,
    IDeviceManifests,
    IDeviceRecovery,
    IDeviceToken,
    IERC1056
{}

/// @title A registry, and the signatures that it asks for, put together apart from the contract's own code
abstract contract RegistryTest is Keys {
    bytes32 private constant DOMAIN = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant ENROL = keccak256(
        "Enrol(address device,address owner,uint64 home,uint64 deadline)"
    );
    bytes32 private constant ADOPT = keccak256(
        "Adopt(address device,address owner,uint64 home,uint64 deadline)"
    );
    bytes32 private constant ROTATE = keccak256(
        "Rotate(address device,uint32 keyIndex,uint8 keyType,bytes32 x,bytes32 y,bool compromised,uint32 ownerEpoch,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant TRANSFER = keccak256(
        "Transfer(address device,address to,uint32 ownerEpoch,uint256 nonce,uint64 deadline)"
    );

    bytes32 private constant ACCEPT = keccak256(
        "Accept(address device,address to,uint32 ownerEpoch,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant VETO = keccak256(
        "Veto(address device,bytes32 recovery,uint32 ownerEpoch,uint256 nonce,uint64 deadline)"
    );

    uint64 internal constant FAR = type(uint64).max;
    uint256 internal constant OWNER_SECRET = 0xA11CE;
    uint256 internal constant BUYER_SECRET = 0xB0B;

    IRegistry internal _registry = _deployRegistry();
    address internal _owner = vm.addr(OWNER_SECRET);
    address internal _buyer = vm.addr(BUYER_SECRET);

    function _deployRegistry() internal returns (IRegistry) {
        return
            IRegistry(
                _create(
                    "contracts/identity/DeviceRegistry.sol:DeviceRegistry",
                    abi.encode(P256Route.Standard)
                )
            );
    }

    function _enrol(Key memory key, address owner, uint64 home) internal {
        Signature memory signature = _signAction(key, _enrolHash(key.id, owner, home, FAR));
        vm.prank(owner);
        _registry.enrol(key.open, home, FAR, signature);
    }

    function _rotation(
        Key memory current,
        address device,
        Key memory next,
        bool compromised
    ) internal view returns (IDeviceRegistry.Rotation memory) {
        return
            IDeviceRegistry.Rotation({
                device: device,
                current: current.open,
                next: next.open,
                compromised: compromised,
                nonce: _registry.nonceOf(device, 0),
                deadline: FAR
            });
    }

    function _rotate(Key memory current, address device, Key memory next) internal {
        IDeviceRegistry.Rotation memory rotation = _rotation(current, device, next, false);
        Signature memory signature = _signAction(current, _rotateHash(rotation));
        vm.prank(_registry.device(device).owner);
        _registry.rotate(rotation, signature, "");
    }

    function _transfer(Key memory current, address device, address to) internal {
        uint256 nonce = _registry.nonceOf(device, 0);
        Signature memory signature = _signAction(
            current,
            _transferHash(device, to, _registry.device(device).ownerEpoch, nonce, FAR)
        );
        bytes memory acceptance = _acceptance(device, to, nonce);
        vm.prank(_registry.device(device).owner);
        _registry.transfer(device, current.open, to, nonce, FAR, signature, "", acceptance);
    }

    /// @dev The word of `to`, who is the usual owner or the usual buyer, as of the registry's state.
    function _acceptance(
        address device,
        address to,
        uint256 nonce
    ) internal view returns (bytes memory) {
        bytes32 action = _acceptHash(device, to, _registry.device(device).ownerEpoch, nonce, FAR);
        return _signAsOwner(to == _owner ? OWNER_SECRET : BUYER_SECRET, action);
    }

    function _enrolHash(
        address device,
        address owner,
        uint64 home,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(ENROL, device, owner, home, deadline));
    }

    function _adoptHash(
        address device,
        address owner,
        uint64 home,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(ADOPT, device, owner, home, deadline));
    }

    /// @dev As of the registry's state.
    function _rotateHash(IDeviceRegistry.Rotation memory rotation) internal view returns (bytes32) {
        IDeviceRegistry.Device memory device = _registry.device(rotation.device);
        return
            keccak256(
                abi.encode(
                    ROTATE,
                    rotation.device,
                    device.keyIndex + 1,
                    rotation.next.keyType,
                    rotation.next.x,
                    rotation.next.y,
                    rotation.compromised,
                    device.ownerEpoch,
                    rotation.nonce,
                    rotation.deadline
                )
            );
    }

    function _transferHash(
        address device,
        address to,
        uint32 ownerEpoch,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(TRANSFER, device, to, ownerEpoch, nonce, deadline));
    }

    function _acceptHash(
        address device,
        address to,
        uint32 ownerEpoch,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(ACCEPT, device, to, ownerEpoch, nonce, deadline));
    }

    function _vetoHash(
        address device,
        bytes32 recovery,
        uint32 ownerEpoch,
        uint256 nonce,
        uint64 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(VETO, device, recovery, ownerEpoch, nonce, deadline));
    }

    function _signAction(
        Key memory key,
        bytes32 structHash
    ) internal view returns (Signature memory) {
        bytes memory bytes_ = _actionBytes(structHash);
        return _sign(key, key.open.keyType == 2 ? sha256(bytes_) : keccak256(bytes_));
    }

    function _signAsOwner(uint256 secret, bytes32 structHash) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, keccak256(_actionBytes(structHash)));
        return abi.encodePacked(r, s, v);
    }

    function _actionBytes(bytes32 structHash) internal view returns (bytes memory) {
        bytes32 separator = keccak256(
            abi.encode(
                DOMAIN,
                keccak256("Fieldseal DeviceRegistry"),
                keccak256("1"),
                block.chainid,
                address(_registry)
            )
        );
        return abi.encodePacked(hex"1901", separator, structHash);
    }
}
