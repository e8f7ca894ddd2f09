// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PublicKey, Signature} from "./IKeyVerifiers.sol";

/// @title Devices that their manufacturer listed, what he vouches for, and what he recalls
/// @notice A *manifest* is the RFC 9162 tree (SHA-256) over leaves of 97 bytes: SHA-256 of the serial number (32) ‖
/// key type (1) ‖ x (32) ‖ y (32). Anybody may commit one: it says what its manufacturer says, and nothing about who
/// he is. Consumers pin manufacturers.
interface IDeviceManifests {
    /// @param root Root of the tree
    /// @param manufacturer Account that committed it
    /// @param size Number of devices
    /// @param attestation What its devices begin with: 2 or 3
    /// @param recalled Whether a recall of all its devices is in force
    /// @param recallRound Counts the recalls of all its devices
    struct Manifest {
        bytes32 root;
        address manufacturer;
        uint64 size;
        uint8 attestation;
        bool recalled;
        uint16 recallRound;
    }

    /// @param key The device's genesis key
    /// @param serial SHA-256 of its serial number
    /// @param position Index of its leaf
    /// @param path Siblings of its leaf, from below
    /// @param signature The device's, over `Claim`
    struct ClaimItem {
        PublicKey key;
        bytes32 serial;
        uint64 position;
        bytes32[] path;
        Signature signature;
    }

    event ManifestCommitted(
        uint64 indexed manifest,
        address indexed manufacturer,
        bytes32 root,
        uint64 size,
        uint8 attestation,
        string uri
    );
    event DeviceClaimed(address indexed device, uint64 indexed manifest, bytes32 indexed serial);
    event AttestationChanged(address indexed device, uint8 attestation);
    event ManifestRecalled(uint64 indexed manifest, uint16 recallRound, string reason);
    event ManifestRecallEnded(uint64 indexed manifest);
    event DeviceRecalled(address indexed device, uint64 indexed manifest, string reason);
    /// @notice The unit was repaired: recalls up to `recallRound` no longer concern it.
    event DeviceCleared(address indexed device, uint64 indexed manifest, uint16 recallRound);

    error RegistryManifestSize();
    error RegistryManifestProof(address device, uint64 manifest);
    error RegistryNotManufacturer(uint64 manifest, address caller);
    error RegistryManufacturerSignature(address device, address manufacturer);
    error RegistryAttestation(uint8 attestation);
    error RegistryText(uint256 length);

    /// @notice Commits the sender, as manufacturer, to a list of devices. It cannot be changed afterwards.
    /// @param root Root of the tree
    /// @param size Number of its leaves, not 0
    /// @param attestation 2 software key, 3 secure element that the manufacturer vouches for
    /// @param uri Where the list is, at most `MAX_TEXT` bytes; only in the event
    /// @return manifest Its id, from 1 in the order of commitment
    function commitManifest(
        bytes32 root,
        uint64 size,
        uint8 attestation,
        string calldata uri
    ) external returns (uint64 manifest);

    /// @notice Enrols a device of a manifest, as `enrolFor` does any other. The device signed
    /// `Claim(address device,address owner,uint64 home,uint64 manifest,address manufacturer,uint64 deadline)`: bound to
    /// the manifest, so that nobody gets it into one of his own that lists the same keys. The owner is the sender
    /// (`ownerSignature` empty) or signed (EOA or ERC-1271)
    /// `AdoptClaims(address[] devices,address owner,uint64 home,uint64 manifest,address manufacturer,uint64 deadline)`.
    function claim(
        uint64 manifest,
        address owner,
        uint64 home,
        uint64 deadline,
        ClaimItem calldata item,
        bytes calldata ownerSignature
    ) external returns (address device);

    /// @notice `claim` for each of `items`, all or none, by one signature of the owner over all of them in this order.
    function claimMany(
        uint64 manifest,
        address owner,
        uint64 home,
        uint64 deadline,
        ClaimItem[] calldata items,
        bytes calldata ownerSignature
    ) external returns (address[] memory devices);

    /// @notice Says what the device's current key is worth, up or down; only the manufacturer of its manifest can. He is
    /// the sender (`manufacturerSignature` empty) or signed (EOA or ERC-1271)
    /// `Vouch(address device,uint32 keyIndex,address keyId,uint8 attestation,uint32 ownerEpoch,uint256 nonce,uint64 deadline)`.
    /// @param keyIndex Index of the current key
    /// @param attestation 0–3
    /// @param nonce Next of its lane among the device's vouches, see `vouchNonceOf`
    function vouch(
        address device,
        uint32 keyIndex,
        uint8 attestation,
        uint256 nonce,
        uint64 deadline,
        bytes calldata manufacturerSignature
    ) external;

    /// @notice The owner's own word on how the device is connected: 0, 1 or 2.
    function declareAttestation(address device, uint8 attestation) external;

    /// @notice Recalls all devices of the sender's manifest, those claimed later and those cleared before included. A
    /// recall is a word to consumers; it stops nothing by itself.
    /// @param reason For people, at most `MAX_TEXT` bytes; only in the event
    function recallManifest(uint64 manifest, string calldata reason) external;

    /// @notice Ends a recall of the sender's whole manifest; single devices stay recalled.
    function endManifestRecall(uint64 manifest) external;

    /// @notice Recalls single devices, retired ones too, of the sender's manifests.
    function recallDevices(address[] calldata devices, string calldata reason) external;

    /// @notice Says that these devices of the sender's manifests are repaired: no recall made so far concerns them.
    function clearDevices(address[] calldata devices) external;

    /// @notice Whether a recall of the device, or of its whole manifest, is in force.
    function recalled(address device) external view returns (bool);

    /// @notice All zero if there is none of this id.
    function manifestOf(uint64 manifest) external view returns (Manifest memory);

    /// @notice Next counter of a lane of the device's vouches: the manufacturer's nonces are apart from the device's, so
    /// that he cannot void what device and owner signed.
    function vouchNonceOf(address device, uint192 lane) external view returns (uint64);

    /// @notice Longest URI or reason, in bytes.
    function MAX_TEXT() external view returns (uint256);
}
