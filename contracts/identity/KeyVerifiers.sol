// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IKeyVerifiers, P256Route, PublicKey, Signature} from "../interfaces/IKeyVerifiers.sol";
import {DeviceKeys} from "./DeviceKeys.sol";

/// @title The key check that registry and log carry inside, for anybody else to call
contract KeyVerifiers is IKeyVerifiers {
    /// @notice How this chain checks P-256, fixed at deployment.
    P256Route public immutable p256Route;

    constructor(P256Route route) {
        p256Route = route;
    }

    /// @inheritdoc IKeyVerifiers
    function verify(
        PublicKey calldata key,
        bytes32 digest,
        Signature calldata signature
    ) external view returns (bool) {
        return DeviceKeys.verify(p256Route, key, digest, signature);
    }
}
