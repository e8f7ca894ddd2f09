import { resolve } from "node:path";
import { equalBytes, FieldsealError, fromHex, hex } from "@fieldseal/sdk";
import { Command } from "commander";
import { rawDigest } from "../../gateway/raw-digest.ts";
import { RawStore } from "../../gateway/raw-store.ts";
import { readGatewayFile } from "../files/gateway-file.ts";
import { createFile } from "../files/write-file.ts";
import type { CliIo } from "../io.ts";
import { printResult } from "../output/print.ts";
import { printable } from "../output/printable.ts";

type Options = { readonly config: string; readonly out?: string; readonly json?: boolean };

function digestFrom(text: string): Uint8Array {
  try {
    return fromHex(text, 32);
  } catch {
    throw new FieldsealError(
      "USAGE",
      "The digest is 0x and 64 hex digits, as `origin.digest` has it.",
    );
  }
}

function shown(payload: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
    return printable(text);
  } catch {
    return hex(payload);
  }
}

/** `gateway raw`: the source's message behind a relayed reading, for whoever checks it. */
export function gatewayRawCommand(io: CliIo): Command {
  return new Command("raw")
    .description("show the source's message that a relayed reading was made from")
    .argument("<digest>", "as the reading's message has it in `origin.digest`")
    .option("--config <file>", "the gateway's settings", "gateway.yaml")
    .option("-o, --out <file>", "write the payload's bytes")
    .option("--json", "print one JSON object, the payload in base64")
    .action((text: string, { config, out, json }: Options) => {
      const digest = digestFrom(text);
      const { folder } = readGatewayFile(io, config);
      const store = RawStore.openToRead(folder);
      try {
        const message = store.get(digest);
        if (
          message === undefined ||
          !equalBytes(rawDigest(message.topic, message.payload), digest)
        ) {
          throw new FieldsealError("RAW_UNKNOWN", `No message has the digest ${text}.`);
        }
        const { topic, payload, firstMs, lastMs, times } = message;
        if (out !== undefined) createFile(resolve(io.cwd, out), payload);
        const result = {
          digest: hex(digest),
          topic,
          firstMs,
          lastMs,
          times,
          payload: Buffer.from(payload).toString("base64"),
        };
        printResult(io, json, result, [
          ["digest", hex(digest)],
          ["topic", printable(topic)],
          ["came first", new Date(firstMs).toISOString()],
          ["came last", new Date(lastMs).toISOString()],
          ["times", String(times)],
          ["payload", out ?? shown(payload)],
        ]);
      } finally {
        store.close();
      }
    });
}
