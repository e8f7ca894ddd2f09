import { readingLogAbi } from "@fieldseal/sdk";
import { Interface } from "ethers";
import { createChainLog } from "../chain/chain-log.ts";
import type { Chain } from "../chain/connect.ts";
import type { Follower } from "../chain/follower.ts";
import type { AccountKey } from "../chain/keys.ts";
import type { OperatorBalance } from "../chain/operator-balance.ts";
import { TransactionWriter } from "../chain/writer.ts";
import { localChainPolicy, publicChainPolicy } from "../chain/writer-policy.ts";
import type { Settings } from "../config/read-settings.ts";
import type { Leadership } from "../election/types.ts";
import type { RunningAnnouncer } from "../home-assistant/start-announcer.ts";
import type { Common } from "../internal/common.ts";
import type { Step } from "../internal/loop.ts";
import { Shutdown } from "../internal/shutdown.ts";
import type { OperatorSigner } from "../seal/operator-signer.ts";
import { createSealer } from "../seal/sealer.ts";
import { keepLoop } from "./keep-loop.ts";
import { createRetention } from "./retention.ts";
import type { Broker } from "./start-broker.ts";

export type LeaderPartsOptions = {
  readonly settings: Settings;
  readonly common: Common;
  readonly chain: Chain;
  readonly key: AccountKey;
  readonly signer: OperatorSigner;
  readonly follower: Follower;
  readonly broker: Pick<Broker, "publishReceipt" | "lead">;
  /** Tells Home Assistant of the sensors, where it is wanted. */
  readonly announce: (() => Promise<RunningAnnouncer>) | undefined;
  /** Called when the chain was followed. */
  readonly onFollowed: () => void;
};

/** What exactly one process of a log does. */
export type LeaderParts = {
  /** What the account can still pay for, as last seen. */
  balance(): OperatorBalance | undefined;
  /** Settles when nothing of it is under way any more. */
  stop(): Promise<void>;
};

const idleMs = 60_000;
const soonMs = 200;

/**
 * Starts what leads: it follows the chain into the store, seals, sends transactions and keeps the broker's users. All
 * that it knows is in the store and on the chain, so each leader goes on where the one before was, wherever that was.
 */
export async function startLeaderParts(
  options: LeaderPartsOptions,
  leadership: Leadership,
): Promise<LeaderParts> {
  const { settings, common, chain, key, signer, follower, broker } = options;
  const { store, signal } = leadership;
  const shutdown = new Shutdown();
  const onError = (part: string, error: unknown) =>
    common.log.error({ part, err: error }, "did not end well");
  const writer = new TransactionWriter({
    common,
    random: Math.random,
    store,
    rpc: chain.rpc,
    chainId: chain.identity.chainId,
    key,
    policy: {
      ...(chain.local ? localChainPolicy : publicChainPolicy),
      feeCapWei: BigInt(settings.feeCapGwei) * 1_000_000_000n,
      lowBalanceCheckpoints: settings.lowBalanceCheckpoints,
      secondsPerCheckpoint: settings.sealSeconds,
    },
    abi: new Interface(readingLogAbi),
  });
  const sealer = createSealer({
    common,
    store,
    log: createChainLog(chain, writer),
    signer,
    firstBlock: settings.deployBlock,
    policy: {
      maxMessages: settings.sealMessages,
      maxAgeMs: settings.sealSeconds * 1000,
      pollMs: chain.local ? 250 : 4000,
    },
    publish: (device, receipt) => broker.publishReceipt(device, receipt),
  });
  // No step begins any more when it is lost; what is under way fails at its next write.
  signal.addEventListener("abort", () => void shutdown.end(onError), { once: true });
  const keep = (part: string, step: Step) => keepLoop(common, shutdown, part, step);
  keep("writer", () => writer.step());
  keep("follower", async () => {
    const delayMs = await follower.step(store);
    options.onFollowed();
    return delayMs;
  });
  keep("sealer", () => sealer.step());
  const retention = createRetention(store, settings.retentionDays);
  keep("retention", () => retention.step());
  await keepUsers(options, shutdown);
  keepAnnouncing(options, shutdown);
  if (signal.aborted) await shutdown.end(onError);
  return { balance: () => writer.balance(), stop: () => shutdown.end(onError) };
}

/** Keeps the broker's users; sealing does not wait for a broker that is away. */
async function keepUsers(
  { common, broker }: LeaderPartsOptions,
  shutdown: Shutdown,
): Promise<void> {
  let users: { stop(): Promise<void> } | undefined;
  const step = async () => {
    users ??= await broker.lead?.();
    return idleMs;
  };
  shutdown.add("broker's users", () => users?.stop());
  // Once at once, so that the door is open when the service says that it is ready.
  await step().catch(() => {});
  if (shutdown.signal.aborted) await users?.stop();
  keepLoop(common, shutdown, "broker's users", step);
}

function keepAnnouncing({ common, announce }: LeaderPartsOptions, shutdown: Shutdown): void {
  if (announce === undefined) return;
  let announcer: RunningAnnouncer | undefined;
  shutdown.add("home assistant", () => announcer?.stop());
  keepLoop(common, shutdown, "home assistant", async () => {
    announcer ??= await announce();
    return announcer.step();
  });
  keepLoop(common, shutdown, "home assistant feed", async () => announcer?.feedStep() ?? soonMs);
}
