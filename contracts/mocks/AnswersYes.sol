// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Code that answers every call with a one, for tests to place where a precompile should be
contract AnswersYes {
    fallback(bytes calldata) external returns (bytes memory) {
        return abi.encode(1);
    }
}
