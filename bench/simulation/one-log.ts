import { join } from "node:path";
import { type DeviceId, logDomain, messageDomain, readingLogAbi } from "@fieldseal/sdk";
import { Interface } from "ethers";
import { createChainLog } from "../../oracle/src/chain/chain-log.ts";
import { connectChain } from "../../oracle/src/chain/connect.ts";
import { createFollower } from "../../oracle/src/chain/follower.ts";
import type { AccountKey } from "../../oracle/src/chain/keys.ts";
import { TransactionWriter } from "../../oracle/src/chain/writer.ts";
import { localChainPolicy } from "../../oracle/src/chain/writer-policy.ts";
import { soleProcess } from "../../oracle/src/election/sole-process.ts";
import { createIngest } from "../../oracle/src/ingest/create-ingest.ts";
import type { Common } from "../../oracle/src/internal/common.ts";
import { loop, type Step } from "../../oracle/src/internal/loop.ts";
import { operatorSigner } from "../../oracle/src/seal/operator-signer.ts";
import { createSealer } from "../../oracle/src/seal/sealer.ts";
import { bindStore } from "../../oracle/src/store/bind-store.ts";
import { openStore } from "../../oracle/src/store/open-store.ts";
import type { TestDeployment } from "../../test/support/deployment.ts";

export type OneLogOptions = {
  readonly common: Common;
  readonly deployment: TestDeployment;
  readonly logId: bigint;
  readonly operator: AccountKey;
  /** Holds the log's data folder. */
  readonly folder: string;
  /** Messages of one checkpoint. */
  readonly sealMessages: number;
  readonly onFailure: (sentence: string) => void;
  /** A step failed and is tried again, as when the node did not answer. */
  readonly onRetry: (sentence: string) => void;
};

/** As on a public chain of 2 s blocks: looked at once a second, not five times as on a development node. */
const pollMs = 1000;

/** An oracle of one log without broker and HTTP: its own store, follower, ingest, sealer and transaction manager. */
export async function startOneLog(options: OneLogOptions) {
  const { common, deployment, logId, operator, onFailure } = options;
  const chain = await connectChain({
    common,
    random: Math.random,
    rpcUrl: deployment.node.url,
    // 25 logs share a process and a node here.
    timeoutMs: 30_000,
    registry: deployment.registry,
    grants: deployment.accessGrants,
    log: deployment.log,
    logId,
  });
  const { identity, rpc } = chain;
  const path = join(options.folder, `log-${logId}`);
  const store = await openStore({ path, log: common.log });
  await bindStore(store, identity);
  const election = await soleProcess(store, "oracle", common.clock.nowMs());
  const leadership = election.held();
  if (leadership === undefined) throw new Error("it does not lead");
  const led = leadership.store;
  const follower = await createFollower({
    common,
    store,
    rpc,
    identity,
    deployBlock: 0,
    graceSeconds: 600,
    pollMs,
    lookMs: pollMs,
  });
  const signer = operatorSigner(operator, logDomain(identity.chainId, identity.log));
  const ingest = createIngest({
    common,
    store,
    devices: follower.directory,
    catchUp: () => follower.refresh(),
    domain: messageDomain(identity.chainId, identity.registry),
    logId,
    epoch: () => 0,
    signer,
    limits: { clientRate: 1e9, clientBurst: 1e9 },
  });
  const writer = new TransactionWriter({
    common,
    random: Math.random,
    store: led,
    rpc,
    chainId: identity.chainId,
    key: operator,
    policy: { ...localChainPolicy, pollMs: 500, idleMs: pollMs },
    abi: new Interface(readingLogAbi),
  });
  const sealer = createSealer({
    common,
    store: led,
    log: createChainLog(chain, writer),
    signer,
    policy: { maxMessages: options.sealMessages, maxAgeMs: 3_600_000, pollMs: 500 },
    publish: async () => {},
  });
  const ending = new AbortController();
  const keep = (part: string, step: Step) =>
    loop(step, {
      signal: ending.signal,
      onError: (error) => {
        const reason = error instanceof Error ? error.message : String(error);
        options.onRetry(`log ${logId}, ${part}: ${reason}`);
        return pollMs;
      },
    }).done;
  await follower.step(led);
  const loops = [
    keep("follower", () => follower.step(led)),
    keep("writer", () => writer.step()),
    keep("sealer", () => sealer.step()),
  ];
  return {
    logId,
    knows: (device: DeviceId) => follower.directory.lookup(device) !== undefined,
    async send(bytes: Uint8Array): Promise<void> {
      const outcome = await ingest.submit({ bytes, source: "http", client: "simulation" });
      if (outcome.kind !== "stored") onFailure(`log ${logId}: a message was ${outcome.kind}`);
    },
    /** Final checkpoints with roots as the chain has them, and the messages in them. */
    async sealed(): Promise<{ checkpoints: number; messages: number }> {
      const rows = await store.read
        .selectFrom("checkpoints")
        .select("size")
        .where("state", "=", "final")
        .execute();
      return { checkpoints: rows.length, messages: rows.reduce((sum, { size }) => sum + size, 0) };
    },
    /** Gas of the transactions that sealed. */
    async gas(): Promise<number[]> {
      const rows = await store.read.selectFrom("checkpoints").select("tx_hash").execute();
      const used: number[] = [];
      for (const { tx_hash } of rows) {
        const receipt = await deployment.provider.getTransactionReceipt(tx_hash ?? "");
        if (receipt?.status === 1) used.push(Number(receipt.gasUsed));
        else onFailure(`log ${logId}: ${tx_hash} did not succeed`);
      }
      return used;
    },
    async stop(): Promise<void> {
      ending.abort();
      await Promise.all(loops);
      await ingest.stop();
      await election.stop();
      chain.close();
      await store.close();
    },
  };
}

export type OneLog = Awaited<ReturnType<typeof startOneLog>>;
