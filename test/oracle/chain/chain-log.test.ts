import { checkpointCommitment, fromHex, hex } from "@fieldseal/sdk";
import { expect } from "chai";
import { appendCalldata, createChainLog } from "../../../oracle/src/chain/chain-log.ts";
import type { Rpc } from "../../../oracle/src/chain/json-rpc.ts";
import type { ChainLog } from "../../../oracle/src/chain/types.ts";
import { startAnvil, startHardhatNode } from "../../support/chain.ts";
import {
  createWriter,
  type DeployedChain,
  deployedChain,
  graceSeconds,
  operator,
  signedCandidate,
  temporaryStore,
} from "./fixture.ts";

const nobody = `0x${"99".repeat(20)}` as const;
const none = `0x${"00".repeat(32)}`;

const clients = [
  ["anvil", () => startAnvil()],
  ["Hardhat's node", () => startHardhatNode()],
] as const;

for (const [name, start] of clients) {
  describe(`ChainLog on ${name}`, () => {
    let deployed: DeployedChain;
    let folder: Awaited<ReturnType<typeof temporaryStore>>;
    let writer: ReturnType<typeof createWriter>["writer"];
    let log: ChainLog;

    before(async () => {
      deployed = await deployedChain(start);
    });
    after(() => deployed.stop());
    beforeEach(async () => {
      await deployed.reset();
      folder = await temporaryStore();
      ({ writer, log } = createWriter(deployed, folder.store));
    });
    afterEach(() => folder.remove());

    it("tells of an unsealed log", async () => {
      expect(await log.state()).to.include({
        epoch: 0,
        threshold: 1,
        members: 1,
        nextIndex: 0n,
        graceSeconds,
        restricted: false,
      });
      expect(await log.commitmentOf(0n)).to.equal(none);
      expect(await log.sealed(0n, 0)).to.equal(undefined);
      expect(await log.submission(0n)).to.deep.equal({ state: "none" });
    });

    it("knows who sits in the committee", async () => {
      expect(await log.positionOf(operator.address, 0)).to.equal(0);
      expect(await log.positionOf(nobody, 0)).to.equal(undefined);
      expect(await log.positionOf(operator.address, 1)).to.equal(undefined);
    });

    it("seals three checkpoints, each on the commitment of the one before", async () => {
      for (let index = 0n; index < 3n; index++) {
        const { candidate, signature } = await signedCandidate(deployed, log);
        expect(candidate.index).to.equal(index);
        await log.submit(candidate, [signature]);
        await writer.step();
        await writer.step();
        const sealed = await log.sealed(index, 0);
        if (sealed === undefined) throw new Error("not sealed");
        const { size, sealedAt, epoch, signers } = sealed;
        const commitment = checkpointCommitment({
          root: fromHex(sealed.root),
          size,
          sealedAt,
          epoch,
          signers,
        });
        expect(hex(commitment)).to.equal(await log.commitmentOf(index));
      }
    });

    it("calls no checkpoint final whose block is on another fork than the final one", async () => {
      const { candidate, signature } = await signedCandidate(deployed, log);
      await log.submit(candidate, [signature]);
      await writer.step();
      await deployed.node.mine(3);
      expect(await log.sealed(0n, 0)).to.include({ final: true });
      const { rpc } = deployed.chain;
      const mixed: Rpc = {
        place: rpc.place,
        async request(method, params) {
          const answer = await rpc.request(method, params);
          if (method !== "eth_getLogs") return answer;
          return (answer as object[]).map((event) => ({ ...event, blockHash: none }));
        },
      };
      const other = createChainLog({ ...deployed.chain, rpc: mixed }, writer);
      expect(await other.sealed(0n, 0)).to.include({ final: false });
    });

    it("tells of a checkpoint that somebody else submitted", async () => {
      const { candidate, signature } = await signedCandidate(deployed, log);
      await log.submit(candidate, [signature]);
      const { identity } = deployed.chain;
      const data = hex(appendCalldata(identity.logId, candidate, [signature]));
      const [from] = (await deployed.node.rpc("eth_accounts")) as string[];
      await deployed.node.rpc("eth_sendTransaction", { from, to: identity.log, data });
      await writer.step();
      const submission = await log.submission(0n);
      expect(submission).to.deep.equal({ state: "refused", reason: "LogIndex(0, 1)" });
      expect(await log.sealed(0n, 0)).to.deep.include({ root: candidate.root, index: 0n });
    });
  });
}
