// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReadingLog} from "../../contracts/interfaces/IReadingLog.sol";
import {Key, Keys} from "./support/Keys.sol";
import {LogTest} from "./support/LogTest.sol";

/// @dev Places ArbSys before the contracts are deployed.
abstract contract OnArbitrum is Keys {
    address private immutable _arbSys = _placeArbSys();

    function _placeArbSys() private returns (address arbSys) {
        arbSys = address(0x64);
        vm.etch(arbSys, vm.getDeployedCode("contracts/mocks/ArbSysEmulation.sol:ArbSysEmulation"));
    }
}

/// @notice Numbers are those of docs/properties/DeviceRegistry.md and ReadingLog.md.
contract ArbitrumBlocksTest is OnArbitrum, LogTest {
    function testFuzz_9_keys_and_changes_count_the_chains_own_blocks(uint16 blocks) public {
        vm.roll(uint256(blocks) + 1);
        Key memory key = _key(2, 5);
        _enrol(key, _owner, 1);
        uint256 own = uint256(blocks) + 1_000_001;
        vm.assertEq(_registry.changed(key.id), own, "changed");
        vm.assertEq(_registry.device(key.id).enrolledBlock, own, "enrolledBlock");
        vm.assertTrue(_registry.wasKeyAt(key.id, 0, own), "key now");
        vm.assertFalse(_registry.wasKeyAt(key.id, 0, own - 1), "key before");
    }

    function testFuzz_4_judged_blocks_are_the_chains_own(uint32 judgedBlock) public {
        vm.roll(50);
        uint256[] memory secrets = _open(4, 3);
        IReadingLog.Candidate memory candidate = _candidate(1, keccak256("a"), 1);
        candidate.judgedBlock = judgedBlock;
        bytes32 hash = _checkpointHash(1, candidate);
        IReadingLog.Compact[] memory signatures = _signatures(hash, secrets, 7);
        if (judgedBlock > 1_000_050) {
            vm.expectRevert(
                abi.encodeWithSelector(IReadingLog.LogJudgedBlock.selector, uint64(judgedBlock))
            );
        }
        _log.append(1, candidate, signatures);
    }
}
