import {
  type CommitteeChange,
  type CommitteeTrust,
  committeeChangeTypes,
  fromHex,
  handOver,
  hex,
  operatorsHash,
  typedDigest,
} from "@fieldseal/sdk";
import { signRecoverable } from "@fieldseal/sdk/node";
import { expect } from "chai";
import { Signature, solidityPackedKeccak256, type Wallet } from "ethers";
import { refusal } from "../support.ts";
import { committee, log, trustIn } from "./support.ts";

const present = committee(4);
const next = committee(3, 7);
const trust = trustIn(present, 3);
const change: CommitteeChange = { ...trustIn(next, 2, 1) };

function sign(by: readonly Wallet[], { epoch, operators, threshold } = change, logId = 1n) {
  const value = { logId, epoch, operatorsHash: operatorsHash(operators), threshold };
  const digest = typedDigest(1, log, committeeChangeTypes, value);
  return by.map((member) => signRecoverable(digest, fromHex(member.privateKey)));
}

const refused = (of: CommitteeTrust, to: CommitteeChange, signatures: readonly Uint8Array[]) =>
  refusal(() => handOver(of, to, signatures, log));

describe("a committee that hands a device over to the next", () => {
  it("does so by a quorum, with signatures of 64 or of 65 bytes", () => {
    const signatures = sign(present.slice(1)).map((signature, i) =>
      i === 0 ? fromHex(Signature.from(hex(signature)).compactSerialized) : signature,
    );
    expect(handOver(trust, change, signatures, log)).to.deep.equal(trustIn(next, 2, 1));
  });

  it("signs the operators as ReadingLog hashes them", () => {
    const types = Array.from(change.operators, () => "uint256");
    const hash = solidityPackedKeccak256(types, [...change.operators]);
    expect(operatorsHash(change.operators)).to.equal(hash);
  });

  it("does not with fewer, the same one several times, strangers, or signatures on another change", () => {
    const [first, second] = present as [Wallet, Wallet];
    for (const signatures of [
      [],
      sign([first, second]),
      sign([first, second, second, second]),
      sign([first, second, ...next]),
      sign(present, { ...change, threshold: 3 }),
      sign(present, { ...change, epoch: 2 }),
      sign(present, change, 2n),
      [new Uint8Array(65), ...sign([first, second])],
    ]) {
      expect(refused(trust, change, signatures)).to.equal("COMMITTEE_CHANGE");
    }
  });

  it("does not to what is not the next committee by the rules of the chain", () => {
    const four = trustIn(committee(4, 9), 2, 1);
    const many = trustIn(committee(32, 9), 32, 1);
    for (const wrong of [
      { ...change, epoch: 0 },
      { ...change, epoch: 2 },
      { ...change, operators: [...change.operators].reverse() },
      { ...change, operators: [], threshold: 0 },
      { ...change, threshold: 0 },
      { ...change, threshold: 4 },
      { ...change, threshold: 1.5 },
      four,
      many,
    ]) {
      const signatures = sign(present, { ...wrong, threshold: Math.floor(wrong.threshold) });
      expect(refused(trust, wrong, signatures)).to.equal("COMMITTEE_CHANGE");
    }
    const outdated = handOver(trust, change, sign(present), log);
    expect(refused(outdated, change, sign(present))).to.equal("COMMITTEE_CHANGE");
  });
});
