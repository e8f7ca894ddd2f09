import { availableParallelism } from "node:os";
import { FieldsealError, hex, logDomain, messageDomain } from "@fieldseal/sdk";
import { createAccess } from "../access/create-access.ts";
import { createFreshness } from "../access/freshness.ts";
import { createGrantStatements } from "../access/grant-statements.ts";
import { createApi } from "../api/create-api.ts";
import { type Chain, connectChain } from "../chain/connect.ts";
import { createFollower, type Follower } from "../chain/follower.ts";
import { type AccountKey, loadAccountKey } from "../chain/keys.ts";
import type { ChainIdentity } from "../chain/types.ts";
import type { Settings } from "../config/read-settings.ts";
import { settingsTable } from "../config/settings-table.ts";
import type { Election } from "../election/types.ts";
import { startAnnouncer } from "../home-assistant/start-announcer.ts";
import { checkThreads } from "../ingest/check/check-threads.ts";
import { createIngest } from "../ingest/create-ingest.ts";
import type { Common } from "../internal/common.ts";
import type { Step } from "../internal/loop.ts";
import { Shutdown } from "../internal/shutdown.ts";
import { steadyClock } from "../internal/steady-clock.ts";
import { operatorSigner } from "../seal/operator-signer.ts";
import { bindStore } from "../store/bind-store.ts";
import { openStore, type Store } from "../store/open-store.ts";
import { auditorsOf, homeAssistantOf, siteOf } from "./access-settings.ts";
import { joinElection } from "./join-election.ts";
import { keepLoop } from "./keep-loop.ts";
import { startLeaderParts } from "./leader-parts.ts";
import { createLeading } from "./leading.ts";
import { type LogWatch, refuseStranger, watchLog } from "./log-watch.ts";
import { startBroker } from "./start-broker.ts";
import { balanceReason, watchHealth } from "./watch-health.ts";

/** How long a clock stays where it was set until that is believed, milliseconds. */
const jumpMeantMs = 120_000;

/** How long the chain may be out of sight before the service says so, milliseconds. */
const unseenMs = 20_000;

/** How long calls to the chain may go on once the service ends, milliseconds. */
const hangUpMs = 2000;

/** How old the knowledge of the chain may be, milliseconds: then nobody new is let in. */
const staleMs = 60_000;

/** How often a process that does not lead looks for what the leader followed, milliseconds. */
const refreshMs = 250;

/** A running oracle. */
export type Oracle = {
  readonly identity: ChainIdentity;
  readonly operator: string;
  /** external_aad of every message. */
  readonly domain: Uint8Array;
  /** URL of HTTP. */
  readonly http: string;
  /** URL of the broker. */
  readonly mqtt: string;
  /** Ends loops, broker, HTTP and store in the order in which nothing acknowledged is lost. */
  stop(): Promise<void>;
  /** What is being ended at this moment. */
  stopping(): string | undefined;
};

function required(
  settings: Settings,
  name: "rpcUrl" | "registry" | "accessGrants" | "readingLog",
): string {
  const value = settings[name];
  if (value !== undefined) return value;
  const { env, what } = settingsTable[name];
  throw new FieldsealError("SETTING_MISSING", `${env} is not given: ${what}`, { setting: env });
}

/** Aborts some time after the service began to end: a chain that does not answer must not hold that up. */
function hangUpAfter(ending: AbortSignal, afterMs: number): AbortSignal {
  const hangUp = new AbortController();
  const onEnd = () => setTimeout(() => hangUp.abort(), afterMs).unref();
  ending.addEventListener("abort", onEnd);
  return hangUp.signal;
}

type Parts = {
  readonly chain: Chain;
  readonly store: Store;
  readonly election: Election;
  readonly watch: LogWatch;
  readonly key: AccountKey;
};

async function openParts(settings: Settings, common: Common, shutdown: Shutdown): Promise<Parts> {
  const chain = await connectChain({
    common,
    random: Math.random,
    rpcUrl: required(settings, "rpcUrl"),
    timeoutMs: settings.rpcTimeoutSeconds * 1000,
    hangUp: hangUpAfter(shutdown.signal, hangUpMs),
    registry: required(settings, "registry"),
    grants: required(settings, "accessGrants"),
    log: required(settings, "readingLog"),
    logId: BigInt(settings.logId),
  });
  shutdown.add("chain", () => chain.close());
  const { chainId } = chain.identity;
  const environment = { FIELDSEAL_OPERATOR_KEY: settings.operatorKey };
  const key = loadAccountKey({ variable: "FIELDSEAL_OPERATOR_KEY", environment }, chainId);
  const store = await openStore({
    path: settings.dataFolder,
    url: settings.database,
    log: common.log,
  });
  shutdown.add("store", () => store.close());
  await bindStore(store, chain.identity);
  const pollMs = chain.local ? 1000 : 12_000;
  const watch = await watchLog({ chain, deployBlock: settings.deployBlock, pollMs });
  refuseStranger(watch.info(), key.address);
  const election = await joinElection(settings, common, store);
  shutdown.add("election", () => election.stop());
  // From now on: whoever is not heard of is not elected for long.
  keepLoop(common, shutdown, "election", () => election.step());
  return { chain, store, election, watch, key };
}

/**
 * Starts the oracle: chain, store, ingest, sealer, broker and HTTP. Ready when it returns.
 * @throws SETTING_MISSING, KEY_INVALID, TEST_KEY_ON_PUBLIC_CHAIN, CHAIN_UNREACHABLE, CONTRACT_MISSING,
 * DATA_IN_USE, DATA_CHAIN_MISMATCH, OPERATOR_NOT_MEMBER, PORT_IN_USE
 */
export async function startOracle(settings: Settings, common: Common): Promise<Oracle> {
  const shutdown = new Shutdown();
  try {
    return await compose(settings, common, shutdown);
  } catch (error) {
    await shutdown.end();
    throw error;
  }
}

/** Its clock does not follow a jump that the chain's newest block speaks against. */
function onSteadyClock(base: Common, chainTimeMs: () => number): Common {
  const clock = steadyClock({
    clock: base.clock,
    chainTimeMs,
    followAfterMs: jumpMeantMs,
    onJump: (jumpMs, followed) =>
      base.log.warn({ code: "CLOCK_JUMPED", jumpMs, followed }, "the machine's clock was set"),
  });
  return { ...base, clock };
}

/** Follows the chain to its end, or reads what the leader followed. */
async function beginFollowing(follower: Follower, election: Election): Promise<void> {
  const held = election.held();
  if (held === undefined) return follower.refresh();
  await follower.step(held.store).catch((error: unknown) => {
    if (error instanceof FieldsealError && error.code === "LEADERSHIP_LOST") return;
    throw error;
  });
}

async function compose(settings: Settings, base: Common, shutdown: Shutdown): Promise<Oracle> {
  let newestTimeMs = () => 0;
  const common = onSteadyClock(base, () => newestTimeMs());
  const parts = await openParts(settings, common, shutdown);
  const { chain, store, election, watch, key } = parts;
  const { identity, rpc, local } = chain;
  const domain = messageDomain(identity.chainId, identity.registry);
  const signer = operatorSigner(key, logDomain(identity.chainId, identity.log));
  const { graceSeconds } = watch.state();
  const { deployBlock } = settings;
  const pollMs = local ? 200 : 4000;
  // Whoever lost a right is cut off within two seconds of the block.
  const lookMs = local ? 200 : 1000;
  const follower = await createFollower({
    common,
    store,
    rpc,
    identity,
    deployBlock,
    graceSeconds,
    pollMs,
    lookMs,
  });
  newestTimeMs = () => follower.newestBlock().timeS * 1000;
  await beginFollowing(follower, election);
  await follower.look();
  const { clock } = common;
  let followedAtMs = clock.elapsedMs();
  let lookedAtMs = followedAtMs;
  let lookedAtS = clock.nowMs() / 1000;
  const seenAtMs = () => Math.min(followedAtMs, lookedAtMs);
  const isFresh = createFreshness({
    clock: common.clock,
    seenAtMs,
    newestTimeS: () => follower.newestBlock().timeS,
    maxSilenceMs: staleMs,
    maxBlockAgeMs: local ? 0 : settings.maxBlockAgeSeconds * 1000,
  });
  let http = "";
  const site = siteOf(settings);
  const homeAssistant = homeAssistantOf(settings);
  const access = createAccess({
    clock: common.clock,
    devices: follower.directory,
    finalGrants: () => follower.grants,
    newestGrants: follower.newestGrants,
    newestTimeS: () => follower.newestBlock().timeS,
    audience: `${hex(domain)}/${settings.brokerAuthority}`,
    auditors: auditorsOf(settings),
    isRestricted: () => watch.info().restricted,
    isFresh,
    chainId: identity.chainId,
    rpc,
    siteDomain: () => site ?? (http && new URL(http).host),
  });
  const devices = follower.directory;
  const skewMs = settings.skewSeconds * 1000;
  const checker = checkThreads({
    log: common.log,
    rules: { domain, skewMs },
    threads: settings.checkThreads ?? Math.max(1, availableParallelism() - 1),
  });
  shutdown.add("checks", () => checker.stop());
  const ingest = createIngest({
    common,
    store,
    devices,
    catchUp: () => follower.refresh(),
    domain,
    logId: identity.logId,
    epoch: () => watch.state().epoch,
    signer,
    chainTimeMs: () => newestTimeMs(),
    checker,
    limits: {
      clientRate: settings.clientMessagesPerSecond,
      clientBurst: settings.clientBurst,
      skewMs,
      receiptSeconds: settings.receiptSeconds,
    },
  });
  const broker = await startBroker({ settings, common, devices, access, ingest });
  follower.onChange(broker.recheck);
  const onFollowed = () => {
    followedAtMs = clock.elapsedMs();
  };
  const announce =
    homeAssistant &&
    (() =>
      startAnnouncer({
        common,
        store,
        devices,
        rights: access.rights,
        logId: identity.logId,
        mqttUrl: homeAssistant.mqttUrl,
        reader: homeAssistant.reader,
        auditors: auditorsOf(settings),
        isRestricted: () => watch.info().restricted,
        place: {
          prefix: homeAssistant.prefix,
          log: `${identity.chainId}_${identity.log.slice(2, 10)}_${identity.logId}`,
          url: (settings.publicUrl ?? http).replace(/\/$/, ""),
        },
      }));
  const leading = createLeading(election, (leadership) =>
    startLeaderParts(
      { settings, common, chain, key, signer, follower, broker, announce, onFollowed },
      leadership,
    ),
  );
  const keep = (part: string, step: Step) => keepLoop(common, shutdown, part, step);

  keep("chain endpoints", () => chain.watch());
  keep("log watch", () => watch.step());
  keep("directory", async () => {
    // The leader's memory is ahead of everybody's: it follows the chain itself.
    if (election.held() !== undefined) return pollMs;
    await follower.refresh();
    onFollowed();
    return Math.min(pollMs, refreshMs);
  });
  keep("newest block", async () => {
    const delayMs = await follower.look();
    lookedAtMs = clock.elapsedMs();
    lookedAtS = clock.nowMs() / 1000;
    return delayMs;
  });

  shutdown.add("ingest", () => ingest.stop());
  shutdown.add("broker", () => broker.stop());
  const health = watchHealth({
    settings,
    common,
    store,
    followedAtMs: seenAtMs,
    unseenMs,
    broker,
    balanceLow: () => balanceReason(leading.parts()?.balance()),
    election,
    directoryAgeMs: () => (election.held() === undefined ? clock.elapsedMs() - followedAtMs : 0),
  });
  keep("health", () => health.step());
  const api = await createApi({
    common,
    store,
    ingest,
    devices,
    identity,
    callers: access.callers,
    sessions: access.sessions,
    statements: createGrantStatements({
      devices,
      rights: access.rights,
      logId: identity.logId,
      epoch: () => watch.state().epoch,
      // A chain that stands still makes no blocks: its newest is still the newest when it is looked at.
      seen: () => {
        const { number, timeS } = follower.newestBlock();
        return { block: number, timeS: Math.max(timeS, Math.floor(lookedAtS)) };
      },
      isFresh,
      sign: signer.signStatement,
    }),
    logInfo: () => watch.info(),
    broker: {
      url: broker.url,
      authority: settings.brokerAuthority,
      topicPrefix: settings.topicPrefix,
    },
    doors: broker.doors,
    readiness: health.readiness,
    leader: health.leader,
  });
  shutdown.add("http", () => api.stop());
  const url = await api.listen({ host: settings.httpHost, port: settings.httpPort });
  http = url;
  await leading.step();
  shutdown.add("leader", () => leading.stop());
  const keptLeading = keep("leader", () => leading.step());
  election.onChange(keptLeading.wake);
  common.log.info({ http: url, domain: hex(domain), operator: key.address }, "oracle ready");
  const onError = (name: string, error: unknown) =>
    common.log.error({ part: name, err: error }, "did not end well");
  return {
    identity,
    operator: key.address,
    domain,
    http: url,
    mqtt: broker.url,
    stop: () => shutdown.end(onError),
    stopping: () => shutdown.closing,
  };
}
