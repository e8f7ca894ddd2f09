import { FieldsealError, formatPermissions, noEndS, parsePermissions } from "@fieldseal/sdk";
import { Command } from "commander";
import type { CliIo } from "../io.ts";
import { sendToContract } from "../network/contract-session.ts";
import { printResult } from "../output/print.ts";
import { parseTime } from "../parse-time.ts";
import { parseGrantee, parseParty, parsePurpose, partyText, timeText } from "./grant-arguments.ts";
import { grantorOptions, openGrantor, receiptRows } from "./grant-options.ts";
import type { OwnerOptions } from "./owner-action.ts";

type GiveOptions = OwnerOptions & {
  readonly from?: string;
  readonly until?: string;
  readonly purpose?: string;
};

/** `grant`: gives rights on a device, or on all that one owns. */
export function grantGiveCommand(io: CliIo): Command {
  const command = new Command("give")
    .description(
      "give rights on a device, or on all devices of an owner; a later grant replaces it",
    )
    .argument("<subject>", "the device's id, or the owner's address for all his devices")
    .argument("<grantee>", "an account, a device, or everybody (read only)")
    .argument("<permissions>", "read,command,configure,maintain,delegate,emergency, bit8 to bit39")
    .option("--from <time>", "2027-01-31T18:00Z, or +2h from now (else at once)")
    .option("--until <time>", "the same, or +2d after its beginning (else no end)")
    .option("--purpose <text>", "what it is for, at most 32 bytes, public", "");
  return grantorOptions(command).action(
    async (subjectText: string, granteeText: string, bits: string, options: GiveOptions) => {
      const [subject, grantee] = [parseParty(subjectText), parseGrantee(granteeText)];
      const permissions = parsePermissions(bits);
      const purpose = parsePurpose(options.purpose ?? "");
      const { session, account } = await openGrantor(io, options);
      const nowS = Number(await session.blockTimeS());
      const from = options.from === undefined ? 0 : parseTime(options.from, nowS);
      const until =
        options.until === undefined ? Number(noEndS) : parseTime(options.until, from || nowS);
      if (until <= Math.max(from, nowS)) {
        const message = `It would end at ${timeText(until)}, before it begins or before now.`;
        throw new FieldsealError("USAGE", message);
      }
      const terms = { subject, grantee, permissions, from, until, purpose };
      const receipt = await sendToContract(session, account, "grant", [terms]);
      printResult(io, options.json, { ...terms, grantor: account.address, ...receipt }, [
        ["granted", formatPermissions(permissions)],
        ["on", subject],
        ["to", partyText(grantee)],
        ["by", account.address],
        ["from", timeText(from)],
        ["until", timeText(until)],
        ...receiptRows(receipt),
      ]);
    },
  );
}
