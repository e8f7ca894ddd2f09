// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The bits of a grant
library Permissions {
    uint40 internal constant READ = 1;
    uint40 internal constant COMMAND = 2;
    uint40 internal constant CONFIGURE = 4;
    uint40 internal constant MAINTAIN = 8;
    uint40 internal constant DELEGATE = 16;
    uint40 internal constant EMERGENCY = 32;

    /// @notice What an owner may give: all but the reserved bits 6 and 7.
    uint40 internal constant GRANTABLE = type(uint40).max - 0xc0;
    /// @notice What an emergency window gives.
    uint40 internal constant IN_EMERGENCY = READ | COMMAND;

    /// @notice Whether `held` has all bits of `asked`.
    function cover(uint40 held, uint40 asked) internal pure returns (bool) {
        return asked & ~held == 0;
    }
}
