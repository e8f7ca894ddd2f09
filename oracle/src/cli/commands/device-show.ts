import { resolve } from "node:path";
import { deviceIdOf, didOf, publicKeyOf } from "@fieldseal/sdk";
import { Command } from "commander";
import { readKeyFile } from "../files/key-file.ts";
import type { CliIo } from "../io.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { knownDevice, openRegistry } from "../network/registry-session.ts";
import { resolveNetwork } from "../network/resolve-network.ts";
import { printResult, type Row } from "../output/print.ts";
import { namedDevice } from "./owner-action.ts";

type ShowOptions = NetworkOptions & { readonly key?: string; readonly json?: boolean };

const attestations = [
  "relayed by a gateway",
  "network-authenticated",
  "software key",
  "secure element, vouched for",
];

const time = (seconds: bigint) => new Date(Number(seconds) * 1000).toISOString();

/** Whether the key in the file is the one that the registry holds as current. */
function isCurrent(io: CliIo, file: string, keyId: string): boolean {
  const { keyType, secret } = readKeyFile(resolve(io.cwd, file));
  return deviceIdOf(publicKeyOf(keyType, secret)) === keyId;
}

/** `device show`: the device as the registry has it now. */
export function deviceShowCommand(io: CliIo): Command {
  const command = new Command("show")
    .description("show a device as the registry has it")
    .argument("[device]", "its id")
    .option("--key <file>", "its key file, instead of the id");
  return networkOptions(command, ["rpc", "registry"]).action(
    async (argument: string | undefined, options: ShowOptions) => {
      const id = namedDevice(io, argument, options.key);
      const network = resolveNetwork(io, options);
      const session = await openRegistry(network.need("rpc"), network.need("registry"));
      const device = await knownDevice(session, id);
      const did = didOf(session.chainId, id);
      const keyIsCurrent =
        options.key === undefined ? undefined : isCurrent(io, options.key, device.keyId);
      const rows: Row[] = [
        ["device", id],
        ["DID", did],
        ["status", device.status],
        ["owner", device.owner],
        ["home log", device.home === 0n ? "none" : device.home.toString()],
        ["key index", String(device.keyIndex)],
        ["key id", device.keyId],
        ["attestation", attestations[device.attestation] ?? String(device.attestation)],
        ["enrolled", `block ${device.enrolledBlock}`],
        ["changed", time(device.changedAt)],
      ];
      if (device.manifest !== 0n) rows.push(["manifest", device.manifest.toString()]);
      if (device.recalled) rows.push(["recalled", "yes, by its manufacturer"]);
      if (device.recoveryAt !== 0n) rows.push(["recovery", `from ${time(device.recoveryAt)}`]);
      if (keyIsCurrent !== undefined) rows.push(["key file", keyIsCurrent ? "current" : "stale"]);
      printResult(io, options.json, { ...device, did, keyIsCurrent }, rows);
    },
  );
}
