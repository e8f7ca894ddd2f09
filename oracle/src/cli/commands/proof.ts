import { resolve } from "node:path";
import { FieldsealError, type ProofFile, parseProof } from "@fieldseal/sdk";
import { Command } from "commander";
import { z } from "zod";
import { replaceFile } from "../files/write-file.ts";
import type { CliIo } from "../io.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { resolveNetwork } from "../network/resolve-network.ts";
import { fetchAsReader } from "../network/sign-in.ts";
import { printResult } from "../output/print.ts";
import { provenRows } from "../output/proven.ts";

type GetOptions = NetworkOptions & {
  readonly device?: string;
  readonly keyIndex: string;
  readonly sequence?: string;
  readonly record: string;
  readonly latest?: boolean;
  readonly out?: string;
  readonly json?: boolean;
};

const pageSchema = z.object({
  items: z.array(
    z.object({
      device: z.string(),
      keyIndex: z.number(),
      sequence: z.string(),
      record: z.number(),
      checkpoint: z.string().nullable(),
    }),
  ),
  next: z.string().nullable(),
});

const pagesLookedAt = 20;

async function readJson(io: CliIo, url: string, path: string): Promise<unknown> {
  return (await fetchAsReader(io, url, path)).json();
}

/** Path of the newest reading whose checkpoint is on chain. */
async function latestPath(io: CliIo, url: string, device: string | undefined): Promise<string> {
  let cursor: string | null = "";
  for (let page = 0; page < pagesLookedAt && cursor !== null; page++) {
    const query = new URLSearchParams({ limit: "500" });
    if (device !== undefined) query.set("device", device);
    if (cursor !== "") query.set("cursor", cursor);
    const { items, next } = pageSchema.parse(await readJson(io, url, `v1/readings?${query}`));
    const sealed = items.find(({ checkpoint }) => checkpoint !== null);
    if (sealed !== undefined) {
      return `v1/proofs/${sealed.device}/${sealed.keyIndex}/${sealed.sequence}/${sealed.record}`;
    }
    cursor = next;
  }
  throw new FieldsealError("NOT_SEALED_YET", "None of the newest readings is sealed yet.");
}

async function proofPath(io: CliIo, url: string, options: GetOptions): Promise<string> {
  const { device, keyIndex, sequence, record, latest } = options;
  if (latest) return latestPath(io, url, device);
  if (device === undefined || sequence === undefined) {
    throw new FieldsealError(
      "OPTION_MISSING",
      "Name the reading: --latest, or --device and --sequence.",
    );
  }
  return `v1/proofs/${[device, keyIndex, sequence, record].map(encodeURIComponent).join("/")}`;
}

function printProof(io: CliIo, options: GetOptions, proof: ProofFile): void {
  const text = `${JSON.stringify(proof, null, 2)}\n`;
  if (options.out === undefined) {
    io.out(text);
    return;
  }
  replaceFile(resolve(io.cwd, options.out), text);
  const { device, keyIndex, sequence } = proof.message;
  const { record } = proof.reading;
  const result = { file: options.out, device, keyIndex, sequence, record };
  printResult(io, options.json, { ...result, checkpoint: proof.checkpoint.index }, [
    ["proof", options.out],
    ...provenRows(proof),
    ["next", `fieldseal verify ${options.out} --rpc URL`],
  ]);
}

/** `proof get`: fetches the proof of a sealed reading. */
export function proofCommand(io: CliIo): Command {
  const get = new Command("get")
    .description("fetch the proof of a sealed reading")
    .option("--latest", "of the newest sealed reading")
    .option("--device <id>", "of this device")
    .option("--key-index <n>", "index of the key that signed the message", "0")
    .option("--sequence <n>", "the message's sequence")
    .option("--record <n>", "index of the reading in its message", "0")
    .option("-o, --out <file>", "file to write; else the proof is printed");
  networkOptions(get, ["url"]).action(async (options: GetOptions) => {
    const url = resolveNetwork(io, options).need("url");
    const path = await proofPath(io, url, options);
    printProof(io, options, parseProof(await readJson(io, url, path)));
  });
  return new Command("proof").description("proofs of readings").addCommand(get);
}
