import { resolve } from "node:path";
import {
  type AuditBundle,
  type AuditVerdict,
  FieldsealError,
  parseAuditBundle,
  verifyAuditBundle,
} from "@fieldseal/sdk";
import { Command } from "commander";
import { readJsonFile } from "../files/read-json.ts";
import type { CliIo } from "../io.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { withProvider } from "../network/proof-provider.ts";
import { resolveNetwork } from "../network/resolve-network.ts";
import { printResult, type Row } from "../output/print.ts";
import { pinOf, trustedLog } from "./verify.ts";

type VerifyOptions = NetworkOptions & { readonly json?: boolean };

function rangeText({ checkpoints }: AuditBundle): string {
  const first = checkpoints[0]?.index;
  const last = checkpoints.at(-1)?.index;
  return first === undefined ? "none" : `${first} to ${last}`;
}

function rowsOf(bundle: AuditBundle, verdict: AuditVerdict, trust: string): Row[] {
  return [
    ["device", bundle.device],
    ["checkpoints", rangeText(bundle)],
    ["messages", String(verdict.messages)],
    ["readings", String(verdict.readings)],
    ...(verdict.gaps.length > 0 ? [["gaps", gapsText(verdict)] as const] : []),
    ["sealed since", `${verdict.sealedSince} checkpoints after the bundle's last one`],
    ["log", `${bundle.logId} of ${bundle.log} on chain ${bundle.chainId}`],
    ["trust", trust],
  ];
}

function gapsText({ gaps }: AuditVerdict): string {
  const [first] = gaps;
  const more = gaps.length > 1 ? ` (and ${gaps.length - 1} more)` : "";
  return `${first?.message ?? ""}${more}`;
}

function report(io: CliIo, json: boolean | undefined, verdict: AuditVerdict): FieldsealError {
  const { findings } = verdict;
  const [first] = findings;
  if (!json) {
    for (const { code, message } of findings) io.out(`${code}  ${message}\n`);
  }
  return new FieldsealError(
    first?.code ?? "AUDIT_FORMAT",
    `${findings.length} ${findings.length === 1 ? "part is" : "parts are"} not what was sealed.`,
    { valid: false, findings },
  );
}

/** `audit verify`: a third party's check, with nothing but the chain. */
export function auditVerifyCommand(io: CliIo): Command {
  const command = new Command("verify")
    .description("check a bundle against the chain; no service is asked")
    .argument("<file>", "bundle, as `fieldseal audit export` writes it");
  return networkOptions(command, ["rpc", "log", "logId"]).action(
    async (file: string, options: VerifyOptions) => {
      const bundle = parseAuditBundle(readJsonFile(resolve(io.cwd, file)));
      const network = resolveNetwork(io, options);
      const { pinned, trust } = pinOf(network);
      const verdict = await withProvider(network.need("rpc"), (provider) =>
        verifyAuditBundle(bundle, { provider, ...trustedLog(network) }),
      );
      if (!verdict.ok) throw report(io, options.json, verdict);
      const { device, chainId, log, logId } = bundle;
      const { messages, readings, checkpoints, sealedSince, gaps } = verdict;
      const [first, last] = [bundle.checkpoints[0]?.index, bundle.checkpoints.at(-1)?.index];
      const counts = { checkpoints, first, last, messages, readings, sealedSince, gaps };
      const result = { valid: true, logPinned: pinned, device, chainId, log, logId, ...counts };
      printResult(io, options.json, result, [
        ["valid", "every message is sealed and signed, and none of the range is missing"],
        ...rowsOf(bundle, verdict, trust),
      ]);
    },
  );
}
