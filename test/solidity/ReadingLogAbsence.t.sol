// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReadingLog} from "../../contracts/interfaces/IReadingLog.sol";
import {LogTest} from "./support/LogTest.sol";
import {Trees} from "./support/Trees.sol";

/// @notice What is not in a checkpoint. Numbers are those of docs/properties/ReadingLog.md.
contract ReadingLogAbsenceTest is LogTest {
    uint256[] private _secrets;

    function setUp() public {
        _secrets = _open(4, 3);
    }

    function testFuzz_10_what_is_absent_can_be_shown_to_be(
        uint8 count,
        uint8 place,
        uint256 seed,
        bool byDevice
    ) public {
        (Sent[] memory sent, IReadingLog.Absence memory absence) = _checkpoint(count, seed);
        // Identities have gaps of two: before each, and after the last, one is free.
        uint256 gap = _bound(place, 0, sent.length);
        _name(absence, sent, gap, byDevice);
        absence.neighbours = _around(sent, gap);
        vm.assertTrue(_log.verifyNotIn(1, absence), "absent");
    }

    function testFuzz_10_nothing_sealed_can_be_shown_to_be_absent(
        uint8 count,
        uint8 place,
        uint256 seed,
        uint8 first,
        uint8 second,
        bool one
    ) public {
        (Sent[] memory sent, IReadingLog.Absence memory absence) = _checkpoint(count, seed);
        Sent memory member = sent[_bound(place, 0, sent.length - 1)];
        (absence.device, absence.keyIndex, absence.sequence) = (
            member.device,
            member.keyIndex,
            member.sequence
        );
        absence.neighbours = new IReadingLog.Neighbour[](one ? 1 : 2);
        absence.neighbours[0] = _neighbour(sent, _bound(first, 0, sent.length - 1));
        if (!one) absence.neighbours[1] = _neighbour(sent, _bound(second, 0, sent.length - 1));
        vm.assertFalse(_log.verifyNotIn(1, absence), "sealed");
    }

    function testFuzz_10_one_neighbour_is_enough_at_the_ends_only(
        uint8 count,
        uint8 place,
        uint256 seed,
        bool above
    ) public {
        (Sent[] memory sent, IReadingLog.Absence memory absence) = _checkpoint(count, seed);
        uint256 index = _bound(place, 0, sent.length - 1);
        _name(absence, sent, above ? index + 1 : index, false);
        absence.neighbours = new IReadingLog.Neighbour[](1);
        absence.neighbours[0] = _neighbour(sent, index);
        bool atEnd = above ? index == sent.length - 1 : index == 0;
        vm.assertTrue(_log.verifyNotIn(1, absence) == atEnd, "at the end");
    }

    function testFuzz_10_neighbours_that_are_not_next_to_each_other_prove_nothing(
        uint8 count,
        uint256 seed,
        uint8 change
    ) public {
        (Sent[] memory sent, IReadingLog.Absence memory absence) = _checkpoint(
            uint8(_bound(count, 3, 12)),
            seed
        );
        _name(absence, sent, 1, false);
        IReadingLog.Neighbour[] memory pair = _around(sent, 1);
        change %= 7;
        if (change == 0) pair[1] = _neighbour(sent, 2);
        if (change == 1) (pair[0], pair[1]) = (pair[1], pair[0]);
        if (change == 2) pair[1] = pair[0];
        if (change == 3) pair[1].index = 2;
        if (change == 4) pair[0].messageRoot ^= bytes32(uint256(1));
        if (change == 5) ++pair[1].sequence;
        if (change == 6) absence.checkpoint.size ^= 1;
        absence.neighbours = pair;
        vm.assertFalse(_log.verifyNotIn(1, absence), "changed");
    }

    function test_10_no_neighbour_or_three_prove_nothing() public {
        (Sent[] memory sent, IReadingLog.Absence memory absence) = _checkpoint(4, 7);
        _name(absence, sent, 1, false);
        vm.assertFalse(_log.verifyNotIn(1, absence), "none");
        absence.neighbours = new IReadingLog.Neighbour[](3);
        for (uint256 i = 0; i < 3; ++i) absence.neighbours[i] = _neighbour(sent, i);
        vm.assertFalse(_log.verifyNotIn(1, absence), "three");
    }

    function testFuzz_10_a_checkpoint_of_one_shows_both_sides(uint256 seed, bool above) public {
        (Sent[] memory sent, IReadingLog.Absence memory absence) = _checkpoint(1, seed);
        _name(absence, sent, above ? 1 : 0, false);
        absence.neighbours = _around(sent, above ? 1 : 0);
        vm.assertTrue(_log.verifyNotIn(1, absence), "size 1");
        IReadingLog.Absence[] memory twice = new IReadingLog.Absence[](2);
        (twice[0], twice[1]) = (absence, absence);
        vm.assertTrue(_log.verifyNotInMany(1, twice), "both");
        twice[1].checkpoint.index = 9;
        vm.assertFalse(_log.verifyNotInMany(1, twice), "not sealed");
    }

    function testFuzz_11_no_numbers_make_a_question_revert(
        IReadingLog.Proof calldata proof,
        IReadingLog.DeviceSignature calldata word,
        IReadingLog.Absence calldata absence
    ) public view {
        vm.assertFalse(_log.verify(1, proof), "proof");
        vm.assertFalse(_log.verifySigned(1, proof, word), "signed");
        vm.assertFalse(_log.verifyNotIn(1, absence), "absence");
    }

    function _checkpoint(
        uint8 count,
        uint256 seed
    ) private returns (Sent[] memory sent, IReadingLog.Absence memory absence) {
        sent = _messages(_bound(count, 1, 12), seed);
        absence.checkpoint = _seal(1, _secrets, Trees.root(_leaves(sent)), uint64(sent.length));
    }

    /// @dev An identity that is free, between `gap - 1` and `gap`.
    function _name(
        IReadingLog.Absence memory absence,
        Sent[] memory sent,
        uint256 gap,
        bool byDevice
    ) private pure {
        bool last = gap == sent.length;
        Sent memory next = sent[last ? gap - 1 : gap];
        absence.device = next.device;
        absence.sequence = last ? next.sequence + 1 : next.sequence - 1;
        // The same place by key index or device: above the last, below the first of a device.
        if (byDevice && last)
            (absence.device, absence.sequence) = (address(uint160(next.device) + 1), 0);
        if (byDevice && !last && gap % 3 == 0) {
            absence.device = address(uint160(next.device) - 1);
            absence.sequence = type(uint64).max;
            absence.keyIndex = type(uint32).max;
        }
    }

    function _around(
        Sent[] memory sent,
        uint256 gap
    ) private pure returns (IReadingLog.Neighbour[] memory neighbours) {
        bool inside = gap != 0 && gap != sent.length;
        neighbours = new IReadingLog.Neighbour[](inside ? 2 : 1);
        neighbours[0] = _neighbour(sent, gap == 0 ? 0 : gap - 1);
        if (inside) neighbours[1] = _neighbour(sent, gap);
    }

    function _neighbour(
        Sent[] memory sent,
        uint256 index
    ) private pure returns (IReadingLog.Neighbour memory) {
        return
            IReadingLog.Neighbour({
                device: sent[index].device,
                keyIndex: sent[index].keyIndex,
                sequence: sent[index].sequence,
                index: uint64(index),
                messageRoot: sent[index].messageRoot,
                path: Trees.path(_leaves(sent), index)
            });
    }
}
