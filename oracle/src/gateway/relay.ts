import { type DeviceMessage, FieldsealError, type Reading } from "@fieldseal/sdk";
import type { Logger } from "pino";
import type { Clock } from "../internal/clock.ts";
import type { RelayCode } from "./codes.ts";
import type { GatewayMetrics } from "./gateway-metrics.ts";
import { originRates } from "./origin-rates.ts";
import type { RawStore } from "./raw-store.ts";
import { type ReadMessage, type ReadPolicy, readMessage } from "./read-message.ts";
import { relayError } from "./relay-error.ts";
import type { SourceMessage } from "./types.ts";

/** What gives way when the outbox is full: nothing, the newest or the oldest message. */
type WhenFull = "hold" | "drop-newest" | "drop-oldest";

type RelayLimits = {
  /** Messages a second that one origin may send in the mean. */
  readonly originRate: number;
  readonly originBurst: number;
  readonly origins: number;
  readonly whenFull: WhenFull;
};

/** The gateway's own device, as far as the relay uses it. */
type RelayDevice = {
  /** @throws OUTBOX_FULL, OUTBOX_FAILED */
  send(readings: readonly Reading[]): Promise<DeviceMessage>;
  /** Gives the oldest message of the outbox up; false if there is none. */
  dropOldest(): Promise<boolean>;
};

export type RelayOptions = {
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly store: RawStore;
  readonly device: RelayDevice;
  readonly policy: ReadPolicy;
  readonly limits: RelayLimits;
  /** Listens to more topics. */
  readonly subscribe: (topics: readonly string[]) => void;
};

/** What became of a source's message. */
type RelayOutcome =
  | { readonly kind: "relayed"; readonly messages: number }
  | { readonly kind: "refused"; readonly code: RelayCode }
  | { readonly kind: "learnt" | "ignored" };

export type Relay = {
  /**
   * Takes a message of the source. When it resolves the source's broker may forget it: it is kept and in the outbox,
   * or will never be relayed. One at a time.
   * @throws RELAY_OUTBOX_FULL where nothing gives way, RAW_FAILED, OUTBOX_FAILED: the source keeps it and sends it again
   */
  take(message: SourceMessage): Promise<RelayOutcome>;
  /** Says for how long the source's broker kept messages that come now. */
  wasAway(milliseconds: number): void;
};

type Readings = Extract<ReadMessage, { kind: "readings" }>;

/** From a source's message to signed ones in the outbox, each exactly once as far as the source lets one tell. */
export function createRelay(options: RelayOptions): Relay {
  const { log, clock, metrics, store, device, policy, limits } = options;
  const rates = originRates(limits.originRate, limits.originBurst);

  /** How much of the message is in the outbox already; undefined if all of it is. */
  const begun = (message: SourceMessage, read: Readings): number | undefined => {
    if (read.name !== undefined && store.isNamed(read.name)) return undefined;
    const progress = store.progress(read.origin.digest);
    if (progress === undefined) return 0;
    if (progress.parts < progress.total) return progress.parts;
    const isSamePacket = message.packetId !== 0 && message.packetId === progress.packetId;
    return read.isDated || (message.repeated && isSamePacket) ? undefined : 0;
  };

  const admit = ({ origin }: Readings): void => {
    if (!rates.take(origin.id, clock.elapsedMs()))
      throw relayError("RELAY_RATE", "Faster than its share.");
    const holder = store.holderOf(origin.alias);
    if (holder !== undefined && holder !== origin.id && !policy.aliases.has(origin.id)) {
      throw relayError("RELAY_ALIAS", `${holder} has the alias ${origin.alias}.`);
    }
    const isNew = holder === undefined && !policy.aliases.has(origin.id);
    if (isNew && store.origins() >= limits.origins) {
      throw relayError("RELAY_ORIGINS", `${limits.origins} origins speak already.`);
    }
  };

  const put = async (readings: readonly Reading[]): Promise<DeviceMessage | undefined> => {
    for (;;) {
      try {
        return await device.send(readings);
      } catch (error) {
        if (!(error instanceof FieldsealError) || error.code !== "OUTBOX_FULL") throw error;
        const what = limits.whenFull;
        log.error({ code: "RELAY_OUTBOX_FULL", whenFull: what }, "the outbox is full");
        if (what === "hold") throw relayError("RELAY_OUTBOX_FULL", "The source must wait.");
        metrics.dropped.inc({ what: what === "drop-oldest" ? "oldest" : "newest" });
        if (what === "drop-newest" || !(await device.dropOldest())) return undefined;
      }
    }
  };

  const relay = async (message: SourceMessage, read: Readings): Promise<RelayOutcome> => {
    const nowMs = clock.nowMs();
    const { origin, composed, time, format } = read;
    for (const { code } of composed.skipped) metrics.skipped.inc({ code });
    if (composed.skipped.length > 0) {
      log.warn({ origin: origin.id, skipped: composed.skipped.slice(0, 10) }, "values left out");
    }
    const { messages } = composed;
    if (messages.length === 0) throw relayError("RELAY_EMPTY", "It holds no reading.");
    const from = begun(message, read);
    if (from === undefined) throw relayError("RELAY_DUPLICATE", "It was relayed before.");
    if (from === 0) {
      admit(read);
      store.noteOrigin(origin.id, origin.alias, nowMs);
      store.keep(origin.digest, message, messages.length, nowMs);
    }
    if (time.by !== "source") metrics.arrivalTimes.inc({ reason: time.by });
    for (const readings of messages.slice(from)) {
      const sent = await put(readings);
      if (sent === undefined) throw relayError("RELAY_OUTBOX_FULL", "Given up for want of room.");
      store.advance(origin.digest, sent.sequence, read.name, nowMs);
      metrics.relayed.inc({ format: format.name });
      metrics.readings.inc({ format: format.name }, readings.length - headLength(readings));
    }
    return { kind: "relayed", messages: messages.length };
  };

  const take = async (message: SourceMessage): Promise<RelayOutcome> => {
    const read = readMessage(message, policy, clock.nowMs());
    if (read.kind === "ignored") return { kind: "ignored" };
    if (read.kind === "readings") return relay(message, read);
    const { what, skipped, subscribe = [] } = read.learnt;
    for (const { code } of skipped) metrics.skipped.inc({ code });
    const facts = { format: read.format.name, what };
    // At the lower level: whoever announces could fill the disk with it.
    if (skipped.length === 0) log.debug(facts, "source learnt");
    else log.warn({ ...facts, skipped: skipped.slice(0, 10) }, "source learnt in part");
    options.subscribe(subscribe);
    return { kind: "learnt" };
  };

  return {
    wasAway: (milliseconds) => rates.away(milliseconds, clock.elapsedMs()),
    async take(message) {
      const { topic } = message;
      const format = policy.formats.find((one) => one.matches(topic))?.name ?? "none";
      metrics.received.inc({ format });
      try {
        return await take(message);
      } catch (error) {
        const code = relayCodeOf(error);
        if (code === undefined || (code === "RELAY_OUTBOX_FULL" && limits.whenFull === "hold")) {
          throw error;
        }
        metrics.refused.inc({ code });
        const isQuiet = code === "RELAY_RETAINED" || code === "RELAY_DUPLICATE";
        if (!isQuiet) {
          log.warn({ code, topic, reason: messageOf(error) }, "source message not relayed");
        }
        return { kind: "refused", code };
      }
    },
  };
}

function headLength(readings: readonly Reading[]): number {
  return readings.filter(({ name }) => name.startsWith("origin.")).length;
}

function relayCodeOf(error: unknown): RelayCode | undefined {
  const isRelay = error instanceof FieldsealError && error.code.startsWith("RELAY_");
  return isRelay ? (error.code as RelayCode) : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
