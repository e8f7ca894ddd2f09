import { resolve } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import { Command, Option } from "commander";
import { openManifest } from "../../manifest/open-manifest.ts";
import type { CliIo } from "../io.ts";
import { sendAction } from "../network/registry-session.ts";
import { transactionEvents } from "../network/transaction-events.ts";
import { printResult } from "../output/print.ts";
import { receiptRows } from "./grant-options.ts";
import { type OwnerOptions, openOwner, ownerOptions } from "./owner-action.ts";

type CommitOptions = OwnerOptions & {
  readonly file: string;
  readonly attestation: string;
  readonly uri: string;
};

/** `manifest commit`: binds the sender, as manufacturer, to a manifest. */
export function manifestCommitCommand(io: CliIo): Command {
  const command = new Command("commit")
    .description("commit your account, as manufacturer, to a manifest")
    .requiredOption("--file <manifest>", "what `manifest build` wrote")
    .addOption(
      new Option("--attestation <level>", "2 software keys, 3 secure elements that you vouch for")
        .choices(["2", "3"])
        .default("2"),
    )
    .option("--uri <text>", "where the list is, public", "");
  return ownerOptions(command).action(async (options: CommitOptions) => {
    const file = openManifest(resolve(io.cwd, options.file));
    file.close();
    const { root, size } = file;
    const { session, owner } = await openOwner(io, options);
    const args = [root, size, Number(options.attestation), options.uri];
    const receipt = await sendAction(session, owner, "commitManifest", args);
    const events = await transactionEvents(session, receipt.transaction);
    const committed = events.find(({ name }) => name === "ManifestCommitted");
    if (committed === undefined) {
      throw new FieldsealError("CONTRACT_REVERTED", "The registry told of no manifest.");
    }
    const manifest = BigInt(committed.args.getValue("manifest"));
    const { transaction, block } = receipt;
    const result = { manifest, manufacturer: owner.address, root, size, transaction, block };
    printResult(io, options.json, result, [
      ["manifest", manifest.toString()],
      ["manufacturer", owner.address],
      ["devices", String(size)],
      ["root", root],
      ...receiptRows(receipt),
    ]);
  });
}
