import { FieldsealError } from "@fieldseal/sdk";
import { Command } from "commander";
import type { CliIo } from "../io.ts";
import { sendAction } from "../network/registry-session.ts";
import { printResult } from "../output/print.ts";
import { receiptRows } from "./grant-options.ts";
import { type OwnerOptions, openOwner, ownerOptions } from "./owner-action.ts";

/** The number of a manifest on the command line. @throws USAGE */
export function manifestNumber(text: string): bigint {
  if (/^[1-9]\d{0,18}$/.test(text)) return BigInt(text);
  throw new FieldsealError("USAGE", `"${text}" is no number of a manifest.`);
}

/** `manifest recall`: a word to consumers about all devices of a manifest. */
export function manifestRecallCommand(io: CliIo): Command {
  const command = new Command("recall")
    .description("recall all devices of your manifest; it stops nothing by itself")
    .argument("<manifest>", "its number")
    .requiredOption("--reason <text>", "for people, public");
  return ownerOptions(command).action(
    async (text: string, options: OwnerOptions & { readonly reason: string }) => {
      const manifest = manifestNumber(text);
      const { session, owner } = await openOwner(io, options);
      const args = [manifest, options.reason];
      const receipt = await sendAction(session, owner, "recallManifest", args);
      const { transaction, block } = receipt;
      const result = { manifest, reason: options.reason, transaction, block };
      printResult(io, options.json, result, [
        ["recalled", `manifest ${manifest}`],
        ["reason", options.reason],
        ...receiptRows(receipt),
      ]);
    },
  );
}

/** `manifest end-recall` */
export function manifestEndRecallCommand(io: CliIo): Command {
  const command = new Command("end-recall")
    .description("end the recall of your whole manifest; devices recalled singly stay so")
    .argument("<manifest>", "its number");
  return ownerOptions(command).action(async (text: string, options: OwnerOptions) => {
    const manifest = manifestNumber(text);
    const { session, owner } = await openOwner(io, options);
    const receipt = await sendAction(session, owner, "endManifestRecall", [manifest]);
    const { transaction, block } = receipt;
    printResult(io, options.json, { manifest, transaction, block }, [
      ["recall ended", `manifest ${manifest}`],
      ...receiptRows(receipt),
    ]);
  });
}
