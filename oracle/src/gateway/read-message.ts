import { type Composed, compose, type Origin } from "./compose.ts";
import { aliasOf } from "./origin-name.ts";
import { rawDigest } from "./raw-digest.ts";
import { relayError } from "./relay-error.ts";
import { type JudgedTime, judgeTime, type TimePolicy } from "./source-time.ts";
import type { SourceFormat, SourceMessage, Understood } from "./types.ts";

export type ReadPolicy = {
  readonly formats: readonly SourceFormat[];
  readonly payloadBytes: number;
  readonly time: TimePolicy;
  /** Aliases of origins by `<source>/<name>`. */
  readonly aliases: ReadonlyMap<string, string>;
};

/** What becomes of a message before anything is kept or signed. */
export type ReadMessage =
  | {
      readonly kind: "readings";
      readonly format: SourceFormat;
      readonly origin: Origin;
      readonly time: JudgedTime;
      /** Whether the source said when or which it is, so that it can be recognised. */
      readonly isDated: boolean;
      readonly name: string | undefined;
      readonly composed: Composed;
    }
  | {
      readonly kind: "learnt";
      readonly format: SourceFormat;
      readonly learnt: Extract<Understood, { kind: "learnt" }>;
    }
  | { readonly kind: "ignored"; readonly why: string };

const maxOrigin = 200;

/** The format that a topic is read by: the first of the settings that knows it. */
function formatOf(formats: readonly SourceFormat[], topic: string): SourceFormat | undefined {
  return formats.find((format) => format.matches(topic));
}

/**
 * Reads a source's message: which format's it is, what it says, and how that is written down. It keeps nothing but
 * what a format learns.
 * @throws FieldsealError with a code of `relayErrors`
 */
export function readMessage(
  message: SourceMessage,
  policy: ReadPolicy,
  nowMs: number,
): ReadMessage {
  const { topic, payload, retained } = message;
  if (payload.length > policy.payloadBytes) {
    throw relayError("RELAY_TOO_LARGE", `${payload.length} bytes.`);
  }
  const format = formatOf(policy.formats, topic);
  if (format === undefined) throw relayError("RELAY_TOPIC", "No format is for this topic.");
  if (retained && !format.teaches(topic)) {
    throw relayError("RELAY_RETAINED", "The broker had kept it.");
  }
  const understood = format.understand(topic, payload);
  if (understood.kind === "learnt") return { kind: "learnt", format, learnt: understood };
  if (understood.kind === "ignored") return understood;
  const { origin: name, attestation, hardware } = understood;
  if (name === "" || name.length > maxOrigin)
    throw relayError("RELAY_SHAPE", "The origin has no usable name.");
  const id = `${format.name}/${name}`;
  const alias = policy.aliases.get(id) ?? aliasOf(id);
  const digest = rawDigest(topic, payload);
  const origin = { id, source: format.name, alias, attestation, hardware, digest };
  const time = judgeTime(understood.time, nowMs, policy.time);
  const { messages, skipped } = compose(understood.readings, origin, time);
  return {
    kind: "readings",
    format,
    origin,
    time,
    isDated: understood.time.kind !== "none" || understood.id !== undefined,
    name: understood.id === undefined ? undefined : `${id}#${understood.id}`,
    composed: { messages, skipped: [...understood.skipped, ...skipped] },
  };
}
