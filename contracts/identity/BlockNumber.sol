// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Arbitrum's system contract (nitro-contracts, ArbSys).
interface IArbSys {
    function arbBlockNumber() external view returns (uint256);
}

/// @title The chain's own block number
/// @notice On Arbitrum `block.number` is an estimate of the parent chain's; logs, receipts and finality count
/// the chain's own blocks, and so do keys, `changed` and judged blocks here.
library BlockNumber {
    IArbSys private constant ARB_SYS = IArbSys(address(0x64));

    /// @notice Whether this chain counts its blocks by ArbSys; asked once, at deployment.
    function isArbitrum() internal view returns (bool) {
        if (address(ARB_SYS).code.length == 0) return false;
        (bool answered, bytes memory answer) = address(ARB_SYS).staticcall(
            abi.encodeCall(IArbSys.arbBlockNumber, ())
        );
        return answered && answer.length == 32;
    }

    function current(bool arbitrum) internal view returns (uint40) {
        return uint40(arbitrum ? ARB_SYS.arbBlockNumber() : block.number);
    }
}
