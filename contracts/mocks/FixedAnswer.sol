// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Code that gives one answer to every call, for tests to place where a precompile should be
contract AnswersYes {
    fallback(bytes calldata) external returns (bytes memory) {
        return abi.encode(1);
    }
}

/// @title Code that fails every call
contract AnswersNever {
    error Never();

    fallback() external {
        revert Never();
    }
}
