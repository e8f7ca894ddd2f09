// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbSys} from "../identity/BlockNumber.sol";

/// @title Arbitrum's ArbSys, for tests to place at 0x64: its chain is 1,000,000 blocks ahead of `block.number`
contract ArbSysEmulation is IArbSys {
    function arbBlockNumber() external view returns (uint256) {
        return block.number + 1_000_000;
    }
}
