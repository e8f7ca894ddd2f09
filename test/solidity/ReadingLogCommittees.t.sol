// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReadingLog} from "../../contracts/interfaces/IReadingLog.sol";
import {LogTest} from "./support/LogTest.sol";

/// @notice Committees and their changes. Numbers are those of docs/properties/ReadingLog.md.
contract ReadingLogCommitteesTest is LogTest {
    uint256[] private _secrets;

    function setUp() public {
        vm.warp(1_700_000_000);
        vm.roll(1000);
        _secrets = _open(4, 3);
    }

    function testFuzz_3_the_committee_of_another_epoch_does_not_count(uint32 epoch) public {
        uint256[] memory next = _changeCommittee();
        IReadingLog.Candidate memory candidate = _candidate(1, keccak256("a"), 1);
        IReadingLog.Compact[] memory signatures = _signatures(
            _checkpointHash(1, candidate),
            _secrets,
            7
        );
        vm.expectRevert(
            abi.encodeWithSelector(IReadingLog.LogSigner.selector, vm.addr(_secrets[0]))
        );
        _log.append(1, candidate, signatures);
        vm.assume(epoch != 1);
        candidate.epoch = epoch;
        signatures = _signatures(_checkpointHash(1, candidate), _secrets, 7);
        vm.expectRevert(abi.encodeWithSelector(IReadingLog.LogEpoch.selector, epoch, uint32(1)));
        _log.append(1, candidate, signatures);
        _seal(1, next, keccak256("a"), 1);
        vm.assertEq(_log.log(1).nextIndex, 1, "the new committee seals");
    }

    function testFuzz_5_committees_have_one_to_31_members_and_more_than_two_thirds(
        uint8 members,
        uint8 threshold
    ) public {
        members %= 34;
        threshold %= 36;
        (address[] memory operators, ) = _operators(members, 9);
        bool fits =
            members >= 1 &&
                members <= 31 &&
                threshold >= 1 &&
                threshold <= members &&
                (members <= 3 || uint256(threshold) * 3 > uint256(members) * 2);
        if (!fits) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IReadingLog.LogCommittee.selector,
                    uint256(members),
                    threshold
                )
            );
        }
        _log.open(true, 0, operators, threshold);
        if (fits) {
            vm.assertTrue(_log.log(2).restricted, "restricted");
            for (uint256 i = 0; i < members; ++i) {
                vm.assertEq(_log.memberOf(2, 0, operators[i]), i + 1, "position");
            }
        }
    }

    function testFuzz_5_operators_are_ascending_and_none_is_zero(uint8 first, uint8 second) public {
        (address[] memory operators, ) = _operators(4, 9);
        (first, second) = (first % 4, second % 4);
        if (first == second) operators[0] = address(0);
        else (operators[first], operators[second]) = (operators[second], operators[first]);
        vm.expectPartialRevert(IReadingLog.LogOperator.selector);
        _log.open(false, 0, operators, 3);
        (operators, ) = _operators(4, 9);
        operators[2] = operators[1];
        vm.expectRevert(abi.encodeWithSelector(IReadingLog.LogOperator.selector, operators[1]));
        _log.open(false, 0, operators, 3);
    }

    function testFuzz_6_a_quorum_changes_its_committee_after_the_delay(uint32 wait) public {
        (address[] memory operators, uint256[] memory next) = _operators(5, 2);
        _announce(operators, 4, _secrets);
        uint256 due = block.timestamp + _log.COMMITTEE_DELAY();
        vm.warp(block.timestamp + wait);
        if (block.timestamp < due) {
            vm.expectRevert(abi.encodeWithSelector(IReadingLog.LogTooEarly.selector, uint64(due)));
            _log.activateCommittee(1);
            vm.assertEq(_log.log(1).epoch, 0, "epoch");
            _seal(1, _secrets, keccak256("a"), 1);
        } else {
            _log.activateCommittee(1);
            vm.assertEq(_log.log(1).epoch, 1, "epoch");
            vm.assertEq(_log.log(1).members, 5, "members");
            vm.assertEq(_log.log(1).threshold, 4, "threshold");
            vm.assertEq(_log.memberOf(1, 0, vm.addr(_secrets[0])), 1, "history is kept");
            _seal(1, next, keccak256("a"), 1);
        }
    }

    function test_6_nothing_announced_nothing_activated() public {
        vm.expectRevert(abi.encodeWithSelector(IReadingLog.LogNothingAnnounced.selector, 1));
        _log.activateCommittee(1);
        _changeCommittee();
        vm.expectRevert(abi.encodeWithSelector(IReadingLog.LogNothingAnnounced.selector, 1));
        _log.activateCommittee(1);
    }

    function test_6_a_change_is_neither_replayed_in_its_epoch_nor_in_the_next() public {
        (address[] memory operators, ) = _operators(4, 2);
        IReadingLog.Compact[] memory word = _announce(operators, 3, _secrets);
        uint64 due = uint64(block.timestamp + 2 days);
        vm.warp(block.timestamp + 1 days);
        vm.expectRevert(abi.encodeWithSelector(IReadingLog.LogAlreadyAnnounced.selector, 1, due));
        _log.announceCommittee(1, operators, 3, word);
        vm.warp(due);
        _log.activateCommittee(1);
        vm.expectPartialRevert(IReadingLog.LogSigner.selector);
        _log.announceCommittee(1, operators, 3, word);
    }

    function test_6_less_than_a_quorum_changes_nothing() public {
        (address[] memory operators, ) = _operators(4, 2);
        IReadingLog.Compact[] memory two = _signatures(
            _changeHash(1, 1, operators, 3),
            _secrets,
            3
        );
        vm.expectRevert(
            abi.encodeWithSelector(IReadingLog.LogQuorum.selector, uint256(2), uint8(3))
        );
        _log.announceCommittee(1, operators, 3, two);
    }

    function testFuzz_6_the_owner_takes_no_living_log_over(uint32 wait) public {
        (address[] memory operators, ) = _operators(1, 2);
        uint64 deadAt = uint64(block.timestamp + _log.LOG_DEATH());
        vm.warp(block.timestamp + wait);
        vm.assertTrue(_log.isDead(1) == (block.timestamp >= deadAt), "isDead");
        if (block.timestamp < deadAt) {
            vm.expectRevert(abi.encodeWithSelector(IReadingLog.LogAlive.selector, 1, deadAt));
        }
        _log.announceCommitteeByOwner(1, operators, 1);
    }

    function testFuzz_6_nobody_but_the_owner_revives_a_dead_log(address stranger) public {
        vm.assume(stranger != address(this));
        (address[] memory operators, ) = _operators(1, 2);
        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IReadingLog.LogNotOwner.selector, 1, stranger));
        vm.prank(stranger);
        _log.announceCommitteeByOwner(1, operators, 1);
    }

    function test_6_a_log_that_came_back_to_life_keeps_its_committee() public {
        (address[] memory operators, ) = _operators(1, 2);
        uint256 start = block.timestamp;
        vm.warp(start + 7 days);
        _log.announceCommitteeByOwner(1, operators, 1);
        vm.warp(start + 8 days);
        _seal(1, _secrets, keccak256("back"), 1);
        uint64 deadAt = uint64(start + 15 days);
        vm.warp(start + 10 days);
        vm.expectRevert(abi.encodeWithSelector(IReadingLog.LogAlive.selector, 1, deadAt));
        _log.activateCommittee(1);
        // And its quorum outranks what the owner announced.
        (operators, ) = _operators(4, 3);
        _announce(operators, 3, _secrets);
        vm.warp(start + 12 days);
        _log.activateCommittee(1);
        vm.assertEq(_log.memberOf(1, 1, operators[0]), 1, "the quorum's committee");
    }

    function test_6_the_owner_does_not_push_the_quorums_announcement_aside() public {
        (address[] memory operators, ) = _operators(4, 2);
        _announce(operators, 3, _secrets);
        uint64 due = uint64(block.timestamp + 2 days);
        vm.warp(block.timestamp + 30 days);
        (operators, ) = _operators(1, 3);
        vm.expectRevert(abi.encodeWithSelector(IReadingLog.LogAlreadyAnnounced.selector, 1, due));
        _log.announceCommitteeByOwner(1, operators, 1);
    }

    function test_6_the_owner_of_a_dead_log_names_a_committee_that_then_has_its_time() public {
        (address[] memory operators, uint256[] memory next) = _operators(1, 2);
        vm.warp(block.timestamp + 7 days);
        _log.announceCommitteeByOwner(1, operators, 1);
        (address[] memory pending, , bool byOwner, uint64 due) = _log.announcedCommittee(1);
        vm.assertEq(pending[0], operators[0], "announced");
        vm.assertTrue(byOwner, "by the owner");
        vm.warp(due);
        _log.activateCommittee(1);
        vm.assertFalse(_log.isDead(1), "alive");
        _seal(1, next, keccak256("a"), 1);
        vm.assertEq(_log.log(1).nextIndex, 1, "sealed");
    }

    function _announce(
        address[] memory operators,
        uint8 threshold,
        uint256[] memory secrets
    ) private returns (IReadingLog.Compact[] memory word) {
        uint32 epoch = _log.log(1).epoch + 1;
        word = _signatures(_changeHash(1, epoch, operators, threshold), secrets, 7);
        _log.announceCommittee(1, operators, threshold, word);
    }

    function _changeCommittee() private returns (uint256[] memory next) {
        address[] memory operators;
        (operators, next) = _operators(4, 2);
        _announce(operators, 3, _secrets);
        vm.warp(block.timestamp + 2 days);
        _log.activateCommittee(1);
    }
}
