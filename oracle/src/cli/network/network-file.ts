import { existsSync, readFileSync } from "node:fs";
import { FieldsealError } from "@fieldseal/sdk";
import { z } from "zod";
import { replaceFile } from "../files/write-file.ts";

const schema = z.object({
  chainId: z.string(),
  /** Hash of the chain's first block. */
  genesis: z.string(),
  rpc: z.string(),
  registry: z.string(),
  accessGrants: z.string(),
  log: z.string(),
  logId: z.string(),
  deployBlock: z.number().int(),
  http: z.string().optional(),
  mqtt: z.string().optional(),
});

/** What clients of a running service must know; `network.json` of its data folder. */
export type NetworkFile = z.infer<typeof schema>;

/** @throws FILE_UNREADABLE if there is no such file, FILE_FORMAT if it is something else */
export function readNetworkFile(path: string): NetworkFile {
  if (!existsSync(path)) throw new FieldsealError("FILE_UNREADABLE", `${path} cannot be read.`);
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new FieldsealError("FILE_FORMAT", `${path} is no network file.`, {}, { cause });
  }
}

/** Puts the file in place in one step. @throws FILE_UNWRITABLE */
export function writeNetworkFile(path: string, network: NetworkFile): void {
  replaceFile(path, `${JSON.stringify(network, null, 2)}\n`);
}
