import { readFileSync } from "node:fs";
import { FieldsealError } from "@fieldseal/sdk";
import { type DryRunResult, previewer } from "../../../oracle/src/gateway/dry-run.ts";
import { readGatewaySettings } from "../../../oracle/src/gateway/gateway-settings.ts";
import type { SourceMessage } from "../../../oracle/src/gateway/types.ts";

/** A message as its project's documentation shows it. */
export type Fixture = {
  readonly name: string;
  readonly source: string;
  readonly topic: string;
  readonly payload: string;
};

/** The fixtures of a format by their names. */
export function fixtures(format: string): (name: string) => Fixture {
  const text = readFileSync(new URL(`fixtures/${format}.json`, import.meta.url), "utf8");
  const list: Fixture[] = JSON.parse(text);
  return (name) => {
    const found = list.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no fixture ${name}`);
    return found;
  };
}

export function sourceMessage(
  topic: string,
  payload: string | Uint8Array,
  more: Partial<SourceMessage> = {},
): SourceMessage {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  return { topic, payload: bytes, retained: false, repeated: false, packetId: 1, ...more };
}

/** What a gateway of these settings would make of messages that arrive at `nowMs`. */
export function previewOf(formats: string, nowMs: number, more = "") {
  const settings = readGatewaySettings(`source: { url: "mqtt://127.0.0.1" }\n${formats}\n${more}`);
  const topics: string[] = [];
  const preview = previewer(settings, { nowMs: () => nowMs, elapsedMs: () => nowMs }, (wanted) =>
    topics.push(...wanted),
  );
  return {
    topics,
    preview,
    of: ({ topic, payload }: Pick<Fixture, "topic" | "payload">, more?: Partial<SourceMessage>) =>
      preview(sourceMessage(topic, payload, more)),
  };
}

/** Readings of a result as `metric=value`, without mark and alias. */
export function readingsOf({ readings = [] }: DryRunResult): string[] {
  return readings.map(({ metric, value }) => `${metric.replace(/^r:[^:]+:/, "")}=${value}`);
}

/** The code of the error that `work` throws. */
export function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof FieldsealError) return error.code;
    throw error;
  }
  return undefined;
}
