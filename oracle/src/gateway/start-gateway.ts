import { join } from "node:path";
import {
  type DeviceEvent,
  type DeviceId,
  type DeviceLog,
  FieldsealError,
  type Signer,
} from "@fieldseal/sdk";
import { connectDevice, fileOutbox } from "@fieldseal/sdk/node";
import type { Logger } from "pino";
import { createReadiness, type ReadinessCheck } from "../api/readiness.ts";
import type { Clock } from "../internal/clock.ts";
import { loop } from "../internal/loop.ts";
import { Shutdown } from "../internal/shutdown.ts";
import { startGatewayHttp } from "./gateway-http.ts";
import type { GatewayMetrics } from "./gateway-metrics.ts";
import { formatsOf, type GatewaySettings } from "./gateway-settings.ts";
import { RawStore } from "./raw-store.ts";
import type { ReadPolicy } from "./read-message.ts";
import { recover } from "./recover.ts";
import { createRelay } from "./relay.ts";
import { createSourceConnection } from "./source-connection.ts";
import type { SourceFormat } from "./types.ts";

/** The gateway's own device and where its messages go. */
type GatewayDevice = {
  readonly device: DeviceId;
  readonly keyIndex: number;
  readonly signer: Signer;
  readonly domain: Uint8Array;
  readonly log: DeviceLog;
  readonly authority: string;
  readonly prefix: string;
  /** Broker of the oracle. */
  readonly url: string;
  /** Service that exchanges login tokens, if that broker needs it. */
  readonly exchange: string | undefined;
  /** Asks anew whose receipts count; undefined if that was fixed by hand. */
  readonly operators: (() => Promise<readonly string[]>) | undefined;
};

export type GatewayOptions = {
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly settings: GatewaySettings;
  /** Folder of outbox and raw messages, absolute. */
  readonly folder: string;
  readonly password: string | undefined;
  readonly own: GatewayDevice;
};

export type Gateway = {
  readonly http: string;
  stop(): Promise<void>;
  /** What is being stopped at this moment. */
  stopping(): string | undefined;
};

const pruneMs = 60_000;
const askOperatorsMs = 60_000;

export function readPolicyOf(settings: GatewaySettings, formats: SourceFormat[]): ReadPolicy {
  const { zone, aheadSeconds, behindSeconds } = settings.time;
  return {
    formats,
    payloadBytes: settings.limits.payloadBytes,
    time: { zone, aheadMs: aheadSeconds * 1000, behindMs: behindSeconds * 1000 },
    aliases: new Map(Object.entries(settings.aliases)),
  };
}

/**
 * Starts a gateway: it listens to the source's broker, and what it hears goes out signed by its own device. Neither
 * broker needs to be there when it starts.
 * @throws OUTBOX_LOCKED, OUTBOX_FAILED, RAW_FAILED, PORT_IN_USE
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const shutdown = new Shutdown();
  const { log } = options;
  try {
    return await compose(options, shutdown);
  } catch (error) {
    await shutdown.end((part, cause) => log.error({ part, err: cause }, "did not end well"));
    throw error;
  }
}

async function compose(options: GatewayOptions, shutdown: Shutdown): Promise<Gateway> {
  const { log, clock, metrics, settings, folder, own } = options;
  const { limits } = settings;
  const outbox = await fileOutbox(join(folder, "outbox"), {
    maxMessages: limits.outboxMessages,
    maxBytes: limits.outboxBytes,
  });
  let isOutboxOpen = true;
  const closeOutbox = async () => {
    if (isOutboxOpen) await outbox.close();
    isOutboxOpen = false;
  };
  shutdown.add("outbox", closeOutbox);
  const store = RawStore.open(folder);
  shutdown.add("raw store", () => store.close());
  const found = recover(store, outbox.entries(), clock.nowMs());
  if (found > 0) log.info({ messages: found }, "taken up after a crash");

  const onEvent = eventLog(options, () => client.trust.bind(client));
  const { operators: _operators, exchange, ...config } = own;
  const connected = await connectDevice({
    ...config,
    ...(exchange === undefined ? {} : { login: { exchange } }),
    outbox,
    onEvent,
  });
  isOutboxOpen = false;
  const { client } = connected;
  shutdown.add("device", () => connected.close());

  const formats = formatsOf(settings);
  const relay = createRelay({
    log: log.child({ part: "relay" }),
    clock,
    metrics,
    store,
    policy: readPolicyOf(settings, formats),
    limits,
    device: {
      send: (readings) => client.send(readings),
      async dropOldest() {
        const [oldest] = outbox.entries();
        if (oldest !== undefined) await client.abandon(oldest);
        return oldest !== undefined;
      },
    },
    subscribe: (topics) => source.subscribe(topics),
  });
  const { url, clientId, user, ca } = settings.source;
  // At the very first start nothing waits, for the source's broker did not know of the gateway.
  let heardMs = store.heardMs() ?? clock.nowMs();
  const sourceLog = log.child({ part: "source" });
  const source = createSourceConnection({
    log: sourceLog,
    url,
    clientId,
    user,
    password: options.password,
    ca,
    isLasting: true,
    onConnected: () => {
      const nowMs = clock.nowMs();
      relay.wasAway(nowMs - heardMs);
      heardMs = nowMs;
    },
    onListening: () => {
      heardMs = clock.nowMs();
    },
    filters: formats.flatMap((format) => format.filters),
    onMessage: async (message) => {
      await relay.take(message);
    },
  });
  const running = loop(() => source.step(), {
    signal: shutdown.signal,
    onError: (error) => {
      sourceLog.error({ err: error }, "source failed");
      return pruneMs;
    },
  });
  shutdown.add("source", async () => {
    await source.stop();
    await running.done;
    store.noteHeard(heardMs);
  });

  const gauge = () => {
    metrics.outboxMessages.set(client.pending);
    metrics.outboxLimit.set(limits.outboxMessages);
    metrics.sourceConnected.set(source.connected ? 1 : 0);
    metrics.oracleConnected.set(client.connected ? 1 : 0);
  };
  const keep = async () => {
    const { days, megabytes } = settings.raw;
    store.noteHeard(heardMs);
    const forgotten = store.prune({ days, bytes: megabytes * 1_000_000 }, clock.nowMs());
    if (forgotten > 0) log.info({ messages: forgotten }, "raw messages forgotten");
    metrics.rawBytes.set(store.bytes());
    metrics.origins.set(store.origins());
    return pruneMs;
  };
  const keeping = loop(keep, {
    signal: shutdown.signal,
    onError: (error) => {
      log.error({ part: "raw store", code: "RAW_FAILED", err: error }, "raw store failed");
      return pruneMs;
    },
  });
  shutdown.add("retention", () => keeping.done);

  const http = await startGatewayHttp({
    ...settings.http,
    registry: metrics.registry,
    gauge,
    readiness: createReadiness({
      common: { log, clock, metrics },
      checks: checksOf({
        source: () => source.connected,
        oracle: () => client.connected,
        pending: () => client.pending,
        limit: limits.outboxMessages,
        probe: () => store.probe(clock.nowMs()),
      }),
    }),
  });
  shutdown.add("http", () => http.stop());
  log.info(
    { device: own.device, http: http.url, formats: formats.map(({ name }) => name) },
    "gateway ready",
  );
  const onError = (part: string, error: unknown) =>
    log.error({ part, err: error }, "did not end well");
  return { http: http.url, stop: () => shutdown.end(onError), stopping: () => shutdown.closing };
}

type Parts = {
  readonly source: () => boolean;
  readonly oracle: () => boolean;
  readonly pending: () => number;
  readonly limit: number;
  readonly probe: () => void;
};

function checksOf({ source, oracle, pending, limit, probe }: Parts): ReadinessCheck[] {
  return [
    {
      name: "source",
      code: "MQTT_CONNECT",
      severity: "failing",
      check: () => (source() ? undefined : "the source's broker is not connected"),
    },
    {
      name: "oracle",
      code: "MQTT_CONNECT",
      severity: "degraded",
      check: () => (oracle() ? undefined : "the oracle's broker is not connected"),
    },
    {
      name: "outbox",
      code: "RELAY_OUTBOX_FULL",
      severity: "degraded",
      check: () => (pending() < 0.9 * limit ? undefined : `${pending()} of ${limit} messages wait`),
    },
    {
      name: "outboxRoom",
      code: "RELAY_OUTBOX_FULL",
      severity: "failing",
      check: () => (pending() < limit ? undefined : "the outbox is full"),
    },
    {
      name: "rawStore",
      code: "RAW_FAILED",
      severity: "failing",
      check: () => {
        probe();
        return undefined;
      },
    },
  ];
}

/** Tells of what happens between the gateway's device and the oracle. */
function eventLog(
  { log, clock, metrics, own }: GatewayOptions,
  trust: () => (operators: readonly string[]) => void,
): (event: DeviceEvent) => void {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  const askAgain = () => {
    const nowMs = clock.elapsedMs();
    if (own.operators === undefined || nowMs - askedAtMs < askOperatorsMs) return;
    askedAtMs = nowMs;
    own.operators().then(
      (operators) => trust()(operators),
      (error: unknown) =>
        log.warn(
          { part: "oracle", ...reasonOf(error) },
          "the service does not say whose receipts count",
        ),
    );
  };
  return (event) => {
    switch (event.type) {
      case "connected":
        log.info({ part: "oracle" }, "oracle's broker connected");
        return;
      case "disconnected":
        log.info({ part: "oracle" }, "oracle's broker left");
        return;
      case "connectFailed":
        log.warn({ part: "oracle", ...reasonOf(event.error) }, "oracle's broker not reached");
        return;
      case "settled":
        metrics.settled.inc();
        return;
      case "refused":
        metrics.oracleRefusals.inc({ code: event.code });
        log.error(
          { part: "oracle", code: event.code, buried: event.buried },
          event.message.slice(0, 200),
        );
        return;
      case "badReceipt":
        log.error({ part: "oracle", ...reasonOf(event.error) }, "a receipt proves nothing");
        askAgain();
        return;
      case "outboxFailed":
        log.error({ part: "outbox", ...reasonOf(event.error) }, "outbox failed");
        return;
      default:
        return;
    }
  };
}

function reasonOf(error: unknown): { readonly code?: string; readonly reason: string } {
  if (error instanceof FieldsealError) return { code: error.code, reason: error.message };
  return { reason: error instanceof Error ? error.message : String(error) };
}
