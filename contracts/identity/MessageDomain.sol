// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title external_aad of every message (RFC 9052 §4.3): binds it to one registry on one chain
library MessageDomain {
    /// @dev Never cached: after a fork the chain id differs, and so must the domain.
    function domainOf(address registry) internal view returns (bytes32) {
        return keccak256(abi.encode("fieldseal/1", block.chainid, registry));
    }
}
