import { resolve } from "node:path";
import { type ProofFile, parseProof, verifyProof } from "@fieldseal/sdk";
import { Command } from "commander";
import { readJsonFile } from "../files/read-json.ts";
import type { CliIo } from "../io.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { withProvider } from "../network/proof-provider.ts";
import { type Network, resolveNetwork } from "../network/resolve-network.ts";
import { printResult } from "../output/print.ts";
import { provenRows, valueText } from "../output/proven.ts";

type VerifyOptions = NetworkOptions & { readonly json?: boolean };

/** What the verifier named of the log: nothing, its contract or its id alone, or both. */
export function pinOf(network: Network): { pinned: boolean; trust: string } {
  const hasLog = network.get("log") !== undefined;
  const hasId = network.get("logId") !== undefined;
  if (hasLog && hasId) return { pinned: true, trust: "the log is the one you named" };
  if (hasLog) {
    return { pinned: false, trust: "you named the contract, the file names the log in it" };
  }
  return { pinned: false, trust: "you trust the log that the file names" };
}

/** The log that the verifier trusts, as far as he names it. */
export function trustedLog(network: Network): { log?: string; logId?: string } {
  const [log, logId] = [network.get("log"), network.get("logId")];
  return { ...(log === undefined ? {} : { log }), ...(logId === undefined ? {} : { logId }) };
}

function resultOf(proof: ProofFile, pinned: boolean) {
  const { checkpoint, message, reading } = proof;
  return {
    valid: true,
    logPinned: pinned,
    device: message.device,
    keyIndex: message.keyIndex,
    sequence: message.sequence,
    record: reading.record,
    metric: reading.metric,
    kind: reading.kind,
    value: reading.value,
    valueText: valueText(reading),
    time: reading.time,
    sealedAt: checkpoint.sealedAt,
    checkpoint: checkpoint.index,
    signers: checkpoint.signers,
    epoch: checkpoint.epoch,
    chainId: proof.chainId,
    log: proof.log,
    logId: proof.logId,
  };
}

/** `verify`: checks a proof file offline, then with one eth_call of verifySigned. */
export function verifyCommand(io: CliIo): Command {
  const command = new Command("verify")
    .description("check the proof of a reading against the chain; no service is asked")
    .argument("<file>", "proof file, as `fieldseal proof get` writes it");
  return networkOptions(command, ["rpc", "log", "logId"]).action(
    async (file: string, options: VerifyOptions) => {
      const proof = parseProof(readJsonFile(resolve(io.cwd, file)));
      const network = resolveNetwork(io, options);
      const { pinned, trust } = pinOf(network);
      await withProvider(network.need("rpc"), (provider) =>
        verifyProof(proof, { provider, ...trustedLog(network) }),
      );
      printResult(io, options.json, resultOf(proof, pinned), [
        ["valid", "the device signed this reading and the log sealed it"],
        ...provenRows(proof),
        ["trust", trust],
      ]);
    },
  );
}
