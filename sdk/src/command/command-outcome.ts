import { concatBytes } from "../bytes/arrays.ts";
import { fromHex } from "../bytes/hex.ts";
import { word } from "../bytes/integers.ts";
import { sha256 } from "../hash/sha256.ts";
import type { Reading } from "../senml/pack-of.ts";
import type { CommandContent } from "./command-content.ts";
import type { CommandEnvelope } from "./command-envelope.ts";

/** What became of a command. */
export type CommandOutcome =
  /** Not even signed: nothing is published. */
  | { readonly kind: "rubbish"; readonly code: string }
  | { readonly kind: "refused"; readonly code: string; readonly published: boolean }
  /** The device acted, and failed at it. */
  | { readonly kind: "failed"; readonly code: string }
  | { readonly kind: "done"; readonly result: string };

/**
 * What a device publishes about a command, as readings of one message:
 * `command:<name>` (boolean) whether it was done; `command-result` (text) its result, or the code of the refusal;
 * `command-by` (text) the commander; `command-id` (data) {@link commandId}.
 */
export function outcomeReadings(
  envelope: CommandEnvelope,
  content: CommandContent,
  outcome: { readonly isDone: boolean; readonly result: string; readonly timeMs?: number },
): readonly Reading[] {
  const time = outcome.timeMs === undefined ? {} : { timeMs: outcome.timeMs };
  return [
    { name: `command:${content.name}`, bool: outcome.isDone, ...time },
    { name: "command-result", text: outcome.result.slice(0, maxResultLength), ...time },
    { name: "command-by", text: envelope.commander, ...time },
    { name: "command-id", data: commandId(envelope), ...time },
  ];
}

/** Longest result that is published, characters. */
const maxResultLength = 1000;

/** Names a command to its commander: SHA-256 of commander (20) ‖ nonce (32) ‖ SHA-256 of the command's bytes. */
export function commandId({
  commander,
  nonce,
  command,
}: Pick<CommandEnvelope, "commander" | "nonce" | "command">): Uint8Array {
  return sha256(concatBytes(fromHex(commander, 20), word(nonce), sha256(command)));
}
