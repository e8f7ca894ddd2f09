import { resolve } from "node:path";
import { FieldsealError, type ProofFile, parseProof, verifyProof } from "@fieldseal/sdk";
import { Command } from "commander";
import { readJsonFile } from "../files/read-json.ts";
import type { CliIo } from "../io.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { withProvider } from "../network/proof-provider.ts";
import { type Network, resolveNetwork } from "../network/resolve-network.ts";
import { printResult } from "../output/print.ts";
import { provenRows, valueText } from "../output/proven.ts";

type VerifyOptions = NetworkOptions & { readonly json?: boolean };

/**
 * Whoever chooses the log chooses its committee: a verifier compares it with the one he trusts.
 * @throws PROOF_CHECKPOINT
 */
export function refuseOtherLog(network: Network, found: { log: string; logId: string }): boolean {
  const log = network.get("log");
  const logId = network.get("logId");
  if (log !== undefined && log.toLowerCase() !== found.log.toLowerCase()) {
    throw new FieldsealError("PROOF_CHECKPOINT", `It is of the log ${found.log}, not of ${log}.`);
  }
  if (log !== undefined && logId !== undefined && logId !== found.logId) {
    throw new FieldsealError("PROOF_CHECKPOINT", `It is of log ${found.logId}, not of ${logId}.`);
  }
  return log !== undefined;
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
      const pinned = refuseOtherLog(network, proof);
      await withProvider(network.need("rpc"), (provider) =>
        verifyProof(proof, { provider, log: network.get("log") ?? proof.log }),
      );
      printResult(io, options.json, resultOf(proof, pinned), [
        ["valid", "the device signed this reading and the log sealed it"],
        ...provenRows(proof),
        [
          "trust",
          pinned ? "the log is the one you named" : "you trust the log that the file names",
        ],
      ]);
    },
  );
}
