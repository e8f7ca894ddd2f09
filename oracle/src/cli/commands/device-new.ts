import { resolve } from "node:path";
import { deviceIdOf, didOf, FieldsealError, generateKey, hex } from "@fieldseal/sdk";
import { Command, Option } from "commander";
import { type KeyTypeName, keyTypeOf, writeKeyFile } from "../files/key-file.ts";
import type { CliIo } from "../io.ts";
import { printResult, type Row } from "../output/print.ts";

type NewOptions = {
  readonly type: KeyTypeName;
  readonly chainId?: string;
  readonly json?: boolean;
};

/** `device new`: a genesis key in a file of its own, and the id it gives. */
export function deviceNewCommand(io: CliIo): Command {
  return new Command("new")
    .description("make a device key")
    .argument("<file>", "key file to write, readable by you alone; never overwritten")
    .addOption(
      new Option("--type <type>", "curve of the key")
        .choices(["p256", "secp256k1"])
        .default("p256"),
    )
    .option("--chain-id <n>", "print the DID on this chain")
    .option("--json", "print one JSON object")
    .action((file: string, options: NewOptions) => {
      const { chainId } = options;
      if (chainId !== undefined && !/^[1-9]\d{0,15}$/.test(chainId)) {
        throw new FieldsealError("USAGE", `"${chainId}" is no chain id.`);
      }
      const keyType = keyTypeOf(options.type);
      const { secret, publicKey } = generateKey(keyType);
      const device = deviceIdOf(publicKey);
      writeKeyFile(resolve(io.cwd, file), { device, keyIndex: 0, keyType, secret });
      const did = chainId === undefined ? undefined : didOf(BigInt(chainId), device);
      const result = { device, type: options.type, publicKey: hex(publicKey.point), file, did };
      const rows: Row[] = [
        ["device", device],
        ["type", options.type],
        ["public key", hex(publicKey.point)],
        ["key file", file],
      ];
      if (did !== undefined) rows.push(["DID", did]);
      printResult(io, options.json, result, rows);
    });
}
