// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Code that fails every call, for tests to place where a precompile should be
contract AnswersNever {
    error Never();

    fallback() external {
        revert Never();
    }
}
