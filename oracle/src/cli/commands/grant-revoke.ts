import { Command } from "commander";
import type { CliIo } from "../io.ts";
import { sendToContract } from "../network/contract-session.ts";
import { printResult } from "../output/print.ts";
import { parseGrantee, parseParty, partyText } from "./grant-arguments.ts";
import { grantorOptions, openGrantor, receiptRows } from "./grant-options.ts";
import type { OwnerOptions } from "./owner-action.ts";

type RevokeOptions = OwnerOptions & { readonly grantor?: string };

/** `grant revoke`: ends one grant, and what a delegate gave on the strength of it. */
export function grantRevokeCommand(io: CliIo): Command {
  const command = new Command("revoke")
    .description("end a grant: one of yours, one made to you, or one that your delegate made")
    .argument("<subject>", "the device's id, or the owner's address")
    .argument("<grantee>", "who has it, or everybody")
    .option("--grantor <address>", "who made it (else you)");
  return grantorOptions(command).action(
    async (subjectText: string, granteeText: string, options: RevokeOptions) => {
      const [subject, grantee] = [parseParty(subjectText), parseGrantee(granteeText)];
      const named = options.grantor === undefined ? undefined : parseParty(options.grantor);
      const { session, account } = await openGrantor(io, options);
      const grantor = named ?? account.address;
      const receipt = await sendToContract(session, account, "revoke", [subject, grantor, grantee]);
      printResult(io, options.json, { subject, grantor, grantee, ...receipt }, [
        ["revoked", subject],
        ["by", grantor],
        ["to", partyText(grantee)],
        ...receiptRows(receipt),
      ]);
    },
  );
}

/** `grant revoke-all`: ends all that the account granted on a subject. */
export function grantRevokeAllCommand(io: CliIo): Command {
  const command = new Command("revoke-all")
    .description("end all your grants on a device, or all on your devices together")
    .argument("<subject>", "the device's id, or the owner's address");
  return grantorOptions(command).action(async (subjectText: string, options: OwnerOptions) => {
    const subject = parseParty(subjectText);
    const { session, account } = await openGrantor(io, options);
    const receipt = await sendToContract(session, account, "revokeAll", [subject]);
    printResult(io, options.json, { subject, grantor: account.address, ...receipt }, [
      ["revoked all", subject],
      ["by", account.address],
      ...receiptRows(receipt),
    ]);
  });
}
