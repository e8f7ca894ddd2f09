import { FieldsealError, hex } from "@fieldseal/sdk";
import { expect } from "chai";
import { computeAddress } from "ethers";
import { appendCalldata } from "../../../oracle/src/chain/chain-log.ts";
import { fillPurpose, insertIntent } from "../../../oracle/src/chain/intents.ts";
import { localChainPolicy } from "../../../oracle/src/chain/writer-policy.ts";
import type { Store } from "../../../oracle/src/store/open-store.ts";
import { testKey } from "../../support/chain.ts";
import { manualClock } from "../../support/service.ts";
import {
  createWriter,
  type DeployedChain,
  deployedChain,
  faultyRpc,
  operator,
  signedCandidate,
  temporaryStore,
} from "./fixture.ts";

const testAccount = (index: number) => computeAddress(testKey(index));
const lost = () => new FieldsealError("CHAIN_UNREACHABLE", "cut by the test");

describe("TransactionWriter", () => {
  let deployed: DeployedChain;
  let folder: Awaited<ReturnType<typeof temporaryStore>>;
  let store: Store;

  before(async () => {
    deployed = await deployedChain();
  });
  after(() => deployed.stop());
  beforeEach(async () => {
    await deployed.reset();
    folder = await temporaryStore();
    store = folder.store;
  });
  afterEach(() => folder.remove());

  const attempts = () => store.db.selectFrom("attempts").selectAll().orderBy("id").execute();
  const nonce = async () =>
    Number(await deployed.node.rpc("eth_getTransactionCount", operator.address, "latest"));

  /** One candidate submitted, for tests that look at what happens to it. */
  async function submitted(options: Parameters<typeof createWriter>[2] = {}) {
    const { writer, log } = createWriter(deployed, store, options);
    const { candidate, signature } = await signedCandidate(deployed, log);
    await log.submit(candidate, [signature]);
    return { writer, log, candidate, signature };
  }

  it("brings a checkpoint into a final block", async () => {
    const { writer, log } = await submitted();
    expect(await log.submission(0n)).to.deep.equal({ state: "waiting" });
    await writer.step();
    await writer.step();
    expect(await log.submission(0n)).to.deep.equal({ state: "mined" });
    await deployed.node.mine(3);
    await writer.step();
    expect(await log.submission(0n)).to.deep.equal({ state: "final" });
    const sealed = await log.sealed(0n, 0);
    expect(sealed).to.include({ size: 3n, epoch: 0, signers: 1, final: true });
    expect((await log.state()).nextIndex).to.equal(1n);
  });

  it("does nothing a second time when the same submission is asked for again", async () => {
    const { writer, log, candidate, signature } = await submitted();
    await writer.step();
    await log.submit(candidate, [signature]);
    await writer.step();
    expect(await attempts()).to.have.length(1);
    expect(await nonce()).to.equal(1);
  });

  it("refuses another candidate for an index whose transaction is under way", async () => {
    await deployed.node.rpc("evm_setAutomine", false);
    const { writer, log } = await submitted();
    await writer.step();
    const other = await signedCandidate(deployed, log, `0x${"cd".repeat(32)}`);
    const error = await log.submit(other.candidate, [other.signature]).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(FieldsealError).with.property("code", "SUBMISSION_OPEN");
  });

  it("sends nothing when the dry run reverts, and says which error the contract gave", async () => {
    const { writer, log } = createWriter(deployed, store);
    const { candidate, signature } = await signedCandidate(deployed, log);
    await log.submit({ ...candidate, index: 5n }, [signature]);
    await writer.step();
    expect(await log.submission(5n)).to.deep.equal({ state: "refused", reason: "LogIndex(5, 0)" });
    expect(await attempts()).to.deep.equal([]);
  });

  it("takes another candidate after a refusal", async () => {
    const { writer, log } = createWriter(deployed, store);
    const { candidate, signature } = await signedCandidate(deployed, log);
    await log.submit({ ...candidate, epoch: 7 }, [signature]);
    await writer.step();
    expect(await log.submission(0n)).to.deep.equal({ state: "refused", reason: "LogEpoch(7, 0)" });
    await log.submit(candidate, [signature]);
    await writer.step();
    await writer.step();
    expect(await log.submission(0n)).to.deep.equal({ state: "mined" });
  });

  it("keeps one row of a submission that is refused again and again", async () => {
    const { writer, log } = createWriter(deployed, store);
    const { candidate, signature } = await signedCandidate(deployed, log);
    for (let n = 0; n < 3; n++) {
      await log.submit({ ...candidate, epoch: 7 }, [signature]);
      expect((await log.submission(0n)).state).to.equal("waiting");
      await writer.step();
      expect((await log.submission(0n)).state).to.equal("refused");
    }
    expect(await store.db.selectFrom("intents").select("state").execute()).to.have.length(1);
  });

  it("signs one call at a time: what the next one does may hang on it", async () => {
    await deployed.node.rpc("evm_setAutomine", false);
    const { writer } = await submitted();
    const to = operator.address;
    await writer.request({ purpose: "another", to, data: new Uint8Array() });
    await writer.step();
    await writer.step();
    expect(await attempts()).to.have.length(1);
    expect(await writer.status("another")).to.deep.equal({ state: "waiting" });
    await deployed.node.mine(3);
    for (let n = 0; n < 2; n++) await writer.step();
    expect(await attempts()).to.have.length(2);
  });

  it("takes no nonce for a gap that has been closed meanwhile", async () => {
    const { writer } = await submitted();
    await writer.step();
    await writer.step();
    expect(await nonce()).to.equal(1);
    const fill = { purpose: fillPurpose(0), sender: operator.address, to: operator.address };
    await store.write((db) => insertIntent(db, { ...fill, data: new Uint8Array() }, 0));
    await writer.step();
    expect(await attempts()).to.have.length(1);
    const reason = "the nonce was used";
    expect(await writer.status(fill.purpose)).to.deep.equal({ state: "refused", reason });
  });

  it("stopped between writing and sending, sends the same bytes after a restart", async () => {
    const rpc = faultyRpc(deployed.chain.rpc);
    rpc.before = (method) => {
      if (method === "eth_sendRawTransaction") throw lost();
    };
    const { writer } = await submitted({ rpc });
    await writer.step().catch(() => undefined);
    const [written] = await attempts();
    expect(written).to.include({ sent_at_ms: null });
    expect(await nonce()).to.equal(0);

    store = await folder.reopen();
    const restarted = createWriter(deployed, store);
    await restarted.writer.step();
    await restarted.writer.step();
    expect(await restarted.log.submission(0n)).to.deep.equal({ state: "mined" });
    expect((await attempts()).map(({ hash }) => hash)).to.deep.equal([written?.hash]);
    expect(await nonce()).to.equal(1);
  });

  it("stopped between sending and noting it, finds its transaction after a restart", async () => {
    const rpc = faultyRpc(deployed.chain.rpc);
    rpc.after = (method) => {
      if (method === "eth_sendRawTransaction") throw lost();
    };
    const { writer } = await submitted({ rpc });
    await writer.step().catch(() => undefined);
    await deployed.node.mine();
    expect(await nonce()).to.equal(1);

    store = await folder.reopen();
    const restarted = createWriter(deployed, store);
    await restarted.writer.step();
    expect(await restarted.log.submission(0n)).to.deep.equal({ state: "mined" });
    expect(await attempts()).to.have.length(1);
    expect((await restarted.log.state()).nextIndex).to.equal(1n);
  });

  it("stopped before anything was signed, signs after a restart", async () => {
    await submitted();
    store = await folder.reopen();
    const restarted = createWriter(deployed, store);
    await restarted.writer.step();
    await restarted.writer.step();
    expect(await restarted.log.submission(0n)).to.deep.equal({ state: "mined" });
  });

  it("replaces an attempt that waits too long with one at least 12.5 % dearer on the same nonce", async () => {
    await deployed.node.rpc("evm_setAutomine", false);
    const clock = manualClock();
    const { writer, log } = await submitted({ clock, policy: { bumpAfterMs: 1_000 } });
    await writer.step();
    await writer.step();
    expect(await attempts()).to.have.length(1);
    clock.advance(1_000);
    await writer.step();
    const [first, second] = await attempts();
    expect(second?.nonce).to.equal(first?.nonce);
    for (const fee of ["max_fee_wei", "priority_fee_wei"] as const) {
      expect(BigInt(second?.[fee] ?? 0) * 8n >= BigInt(first?.[fee] ?? 0) * 9n).to.equal(true);
    }
    await deployed.node.mine();
    await writer.step();
    expect(await log.submission(0n)).to.deep.equal({ state: "mined" });
    expect((await log.state()).nextIndex).to.equal(1n);
  });

  it("finds the first of two attempts when that is the one mined", async () => {
    await deployed.node.rpc("evm_setAutomine", false);
    const clock = manualClock();
    const rpc = faultyRpc(deployed.chain.rpc);
    const { writer, log } = await submitted({ clock, rpc, policy: { bumpAfterMs: 1_000 } });
    await writer.step();
    const [first] = await attempts();
    clock.advance(1_000);
    rpc.before = (method) => {
      if (method === "eth_sendRawTransaction") throw lost();
    };
    await writer.step().catch(() => undefined);
    expect(await attempts()).to.have.length(2);
    await deployed.node.mine();
    rpc.before = () => {};
    await writer.step();
    expect(await log.submission(0n)).to.deep.equal({ state: "mined" });
    const intent = await store.db.selectFrom("intents").selectAll().executeTakeFirstOrThrow();
    expect(intent.tx_hash).to.equal(first?.hash);
  });

  it("raises no fee over the cap", async () => {
    await deployed.node.rpc("evm_setAutomine", false);
    const clock = manualClock();
    const feeCapWei = 5_000_000_000n;
    const policy = { bumpAfterMs: 1_000, feeCapWei };
    const { writer } = await submitted({ clock, policy });
    for (let i = 0; i < 20; i++) {
      await writer.step();
      clock.advance(1_000);
    }
    const all = await attempts();
    expect(all.length).to.be.within(2, 12);
    expect(all.every(({ max_fee_wei }) => BigInt(max_fee_wei) <= feeCapWei)).to.equal(true);
  });

  it("puts a transaction whose block vanished back to pending and gets it mined again", async () => {
    const { writer, log } = await submitted();
    await writer.step();
    await writer.step();
    expect(await log.submission(0n)).to.deep.equal({ state: "mined" });
    await deployed.node.rpc("evm_setAutomine", false);
    await deployed.node.rpc("anvil_reorg", 1, []);
    await deployed.node.rpc("anvil_dropAllTransactions");
    await writer.step();
    expect(await log.submission(0n)).to.deep.equal({ state: "sent" });
    expect(await log.sealed(0n, 0)).to.equal(undefined);
    await writer.step();
    await deployed.node.mine(4);
    await writer.step();
    expect(await log.submission(0n)).to.deep.equal({ state: "final" });
    expect(await attempts()).to.have.length(1);
  });

  it("signs afresh when another transaction took its nonce for good", async () => {
    const { node } = deployed;
    await node.rpc("evm_setAutomine", false);
    const { writer, log } = await submitted();
    const rpc = faultyRpc(deployed.chain.rpc);
    const cut = createWriter(deployed, store, { rpc });
    rpc.before = (method) => {
      if (method === "eth_sendRawTransaction") throw lost();
    };
    await cut.writer.step().catch(() => undefined);
    const [before] = await attempts();
    const self = { from: operator.address, to: operator.address, value: "0x1" };
    await node.rpc("eth_sendTransaction", self);
    await node.mine(1);
    await writer.step();
    // Not final yet: a reorganisation may give the nonce back.
    expect(await attempts()).to.have.length(1);
    await node.mine(3);
    for (let look = 1; look < localChainPolicy.lostLooks; look++) await writer.step();
    // Nor are a few looks enough to sign anew.
    expect(await attempts()).to.have.length(1);
    await writer.step();
    await node.mine(3);
    await writer.step();
    expect(await log.submission(0n)).to.deep.equal({ state: "final" });
    expect((await attempts()).map((attempt) => attempt.nonce)).to.deep.equal([
      before?.nonce,
      (before?.nonce ?? 0) + 1,
    ]);
  });

  it("calls a submission refused when its transaction reverted in a final block", async () => {
    const { node } = deployed;
    await node.rpc("evm_setAutomine", false);
    const { writer, log, candidate, signature } = await submitted();
    await writer.step();
    const from = testAccount(2);
    const data = hex(appendCalldata(1n, candidate, [signature]));
    const dearer = {
      gas: "0x7a120",
      maxFeePerGas: "0x174876e800",
      maxPriorityFeePerGas: "0x174876e800",
    };
    await node.rpc("eth_sendTransaction", {
      from,
      to: deployed.chain.identity.log,
      data,
      ...dearer,
    });
    await node.mine();
    await writer.step();
    expect(await log.submission(0n)).to.deep.equal({ state: "mined" });
    await node.mine(3);
    await writer.step();
    expect(await log.submission(0n)).to.deep.equal({
      state: "refused",
      reason: "reverted on chain",
    });
    expect(await log.sealed(0n, 0)).to.include({ root: candidate.root, final: true });
  });

  it("keeps waiting while the account cannot pay, and goes on when it can", async () => {
    const { node } = deployed;
    const { writer, log } = await submitted();
    await node.rpc("anvil_setBalance", operator.address, "0x1");
    await writer.step().catch(() => undefined);
    await writer.step().catch(() => undefined);
    expect((await log.submission(0n)).state).to.be.oneOf(["waiting", "sent"]);
    await node.rpc("anvil_setBalance", operator.address, "0xde0b6b3a7640000");
    await writer.step();
    await writer.step();
    expect((await log.submission(0n)).state).to.equal("mined");
  });
});
