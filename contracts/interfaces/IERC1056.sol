// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Getters of ERC-1056, which `ethr-did-resolver` reads
/// @dev The events are those of {IDeviceRegistry}.
interface IERC1056 {
    /// @notice The DID's controller: the owner of an enrolled device, 0 after retirement, the identity itself if unknown.
    function identityOwner(address identity) external view returns (address);

    /// @notice As `identityOwner`, 0 where nothing was ever recorded.
    function owners(address identity) external view returns (address);

    /// @notice Block of the identity's newest ERC-1056 event, 0 if there is none: the head of the chain of `previousChange`.
    function changed(address identity) external view returns (uint256);

    /// @notice Next counter of nonce lane 0.
    function nonce(address identity) external view returns (uint256);

    /// @notice Always 0: device keys are attributes, there are no delegates.
    function delegates(
        address identity,
        bytes32 delegateType,
        address delegate
    ) external view returns (uint256);

    /// @notice Always false, as `delegates` is always 0.
    function validDelegate(
        address identity,
        bytes32 delegateType,
        address delegate
    ) external view returns (bool);
}
