import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FieldsealError, parseDeviceId } from "@fieldseal/sdk";
import { Command } from "commander";
import type { CliIo } from "../io.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { resolveNetwork } from "../network/resolve-network.ts";
import { fetchAsReader } from "../network/sign-in.ts";
import { printResult } from "../output/print.ts";

type ExportOptions = NetworkOptions & {
  readonly device: string;
  readonly out: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
};

/** Streams an answer to a file that appears only when it is whole. */
async function download(response: Response, path: string): Promise<number> {
  const partial = `${path}.part`;
  let bytes = 0;
  const count = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  try {
    await pipeline(Readable.from(response.body ?? []), count, createWriteStream(partial));
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FieldsealError("EXPORT_BROKEN", `The export broke off: ${reason}.`, {}, { cause });
  }
  return bytes;
}

/** `audit export` */
export function auditExportCommand(io: CliIo): Command {
  const command = new Command("export")
    .description("fetch the bundle of a device's sealed messages")
    .requiredOption("--device <id>", "the device")
    .requiredOption("-o, --out <file>", "file to write")
    .option("--from <n>", "first checkpoint")
    .option("--to <n>", "last checkpoint");
  return networkOptions(command, ["url"]).action(async (options: ExportOptions) => {
    const device = parseDeviceId(options.device);
    const url = resolveNetwork(io, options).need("url");
    const query = new URLSearchParams();
    if (options.from !== undefined) query.set("from", options.from);
    if (options.to !== undefined) query.set("to", options.to);
    const signal = AbortSignal.timeout(3_600_000);
    const response = await fetchAsReader(io, url, `v1/audit/${device}?${query}`, { signal });
    const bytes = await download(response, resolve(io.cwd, options.out));
    const [first, last] = (response.headers.get("fieldseal-checkpoints") ?? "").split("-");
    const older = options.from === undefined && first !== "0";
    const covered = `${first} to ${last}${older ? "; older ones: --from and --to" : ""}`;
    printResult(io, options.json, { device, file: options.out, bytes, first, last }, [
      ["bundle", options.out],
      ["device", device],
      ["checkpoints", covered],
      ["size", `${bytes} bytes`],
      ["next", `fieldseal audit verify ${options.out} --rpc URL`],
    ]);
  });
}
