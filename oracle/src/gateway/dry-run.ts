import { randomBytes } from "node:crypto";
import { FieldsealError, hex, metricText, type Reading } from "@fieldseal/sdk";
import type { Logger } from "pino";
import type { Clock } from "../internal/clock.ts";
import { loop } from "../internal/loop.ts";
import { formatsOf, type GatewaySettings } from "./gateway-settings.ts";
import { readMessage } from "./read-message.ts";
import { createSourceConnection } from "./source-connection.ts";
import { readPolicyOf } from "./start-gateway.ts";
import type { SourceMessage } from "./types.ts";

export type DryRunOptions = {
  readonly log: Logger;
  readonly clock: Clock;
  readonly settings: GatewaySettings;
  readonly password: string | undefined;
  readonly signal: AbortSignal;
  /** Told of each message, what would become of it. */
  readonly tell: (result: DryRunResult) => void;
};

/** What would become of a message. */
export type DryRunResult = {
  readonly topic: string;
  readonly outcome: "relayed" | "learnt" | "ignored" | "refused";
  readonly reason?: string;
  readonly origin?: string;
  readonly time?: string;
  readonly timeBy?: string;
  readonly digest?: string;
  readonly readings?: readonly { readonly metric: string; readonly value: string }[];
  readonly skipped?: readonly { readonly what: string; readonly code: string }[];
};

function textOf(reading: Reading): string {
  if ("value" in reading) return String(reading.value);
  if ("bool" in reading) return String(reading.bool);
  return "text" in reading ? JSON.stringify(reading.text) : hex(reading.data);
}

/** Reads a message as a gateway would, and keeps and sends nothing. */
export function previewer(
  settings: GatewaySettings,
  clock: Clock,
  subscribe: (topics: readonly string[]) => void,
): (message: SourceMessage) => DryRunResult {
  const policy = readPolicyOf(settings, formatsOf(settings));
  return (message) => {
    const { topic } = message;
    try {
      const read = readMessage(message, policy, clock.nowMs());
      if (read.kind === "ignored") return { topic, outcome: "ignored", reason: read.why };
      if (read.kind === "learnt") {
        const { what, skipped, subscribe: topics = [] } = read.learnt;
        subscribe(topics);
        return { topic, outcome: "learnt", reason: what, skipped };
      }
      const { origin, time, composed } = read;
      if (composed.messages.length === 0) {
        const reason = "RELAY_EMPTY It holds no reading.";
        return { topic, outcome: "refused", reason, skipped: composed.skipped };
      }
      const readings = composed.messages
        .flat()
        .filter(({ name }) => !name.startsWith("origin."))
        .map((one) => ({ metric: metricText(one.name, one.unit), value: textOf(one) }));
      return {
        topic,
        outcome: "relayed",
        origin: origin.id,
        time: new Date(time.ms).toISOString(),
        timeBy: time.by,
        digest: hex(origin.digest),
        readings,
        skipped: composed.skipped,
      };
    } catch (error) {
      if (!(error instanceof FieldsealError)) throw error;
      return { topic, outcome: "refused", reason: `${error.code} ${error.message}` };
    }
  };
}

/** Listens to the source until the signal aborts and tells what would be sent, beside a gateway that runs. */
export async function dryRun(options: DryRunOptions): Promise<void> {
  const { log, clock, settings, password, signal, tell } = options;
  const preview = previewer(settings, clock, (topics) => source.subscribe(topics));
  const { url, user, ca } = settings.source;
  const source = createSourceConnection({
    log,
    url,
    // A name of its own: it takes no message away from the gateway.
    clientId: `fieldseal-dry-run-${randomBytes(4).toString("hex")}`,
    user,
    password,
    ca,
    isLasting: false,
    filters: formatsOf(settings).flatMap((format) => format.filters),
    onMessage: async (message) => tell(preview(message)),
  });
  const onError = () => 5000;
  const running = loop(() => source.step(), { signal, onError });
  signal.addEventListener("abort", () => source.stop(), { once: true });
  await running.done;
  await source.stop();
}
