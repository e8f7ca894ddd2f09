import { hex, keccak256, utf8 } from "@fieldseal/sdk";
import { Command } from "commander";
import type { CliIo } from "../io.ts";
import { sendToContract } from "../network/contract-session.ts";
import { grantSubject } from "../network/grants-session.ts";
import { printResult } from "../output/print.ts";
import { parseParty, timeText } from "./grant-arguments.ts";
import { grantorOptions, openGrantor, receiptRows } from "./grant-options.ts";
import type { OwnerOptions } from "./owner-action.ts";

type EmergencyOptions = OwnerOptions & { readonly reason: string; readonly grantor?: string };
type CloseOptions = OwnerOptions & { readonly responder?: string };

/** `grant emergency`: a responder named beforehand opens a window. */
export function grantEmergencyCommand(io: CliIo): Command {
  const command = new Command("emergency")
    .description("open an hour of read and command, if you were named for emergencies; all see it")
    .argument("<device>", "its id")
    .requiredOption("--reason <text>", "why; its hash goes on record, keep the text")
    .option("--grantor <address>", "who named you (else the owner)");
  return grantorOptions(command).action(async (text: string, options: EmergencyOptions) => {
    const device = parseParty(text);
    const named = options.grantor === undefined ? undefined : parseParty(options.grantor);
    const { session, account } = await openGrantor(io, options);
    const grantor = named ?? (await grantSubject(session, device)).owner;
    const reasonHash = hex(keccak256(utf8(options.reason)));
    const args = [device, grantor, reasonHash];
    const receipt = await sendToContract(session, account, "openEmergency", args);
    const window = await session.call("emergencyOf", [device, account.address]);
    const untilS = Number(window.until);
    const result = { device, responder: account.address, grantor, untilS, reasonHash, ...receipt };
    printResult(io, options.json, result, [
      ["opened", device],
      ["responder", account.address],
      ["by the word of", grantor],
      ["until", timeText(untilS)],
      ["hash of the reason", reasonHash],
      ...receiptRows(receipt),
    ]);
  });
}

/** `grant close-emergency`: the owner or the responder ends a window. */
export function grantCloseEmergencyCommand(io: CliIo): Command {
  const command = new Command("close-emergency")
    .description("end a responder's window, as the owner or as the responder")
    .argument("<device>", "its id")
    .option("--responder <address>", "whose window it is (else yours)");
  return grantorOptions(command).action(async (text: string, options: CloseOptions) => {
    const device = parseParty(text);
    const named = options.responder === undefined ? undefined : parseParty(options.responder);
    const { session, account } = await openGrantor(io, options);
    const responder = named ?? account.address;
    const receipt = await sendToContract(session, account, "closeEmergency", [device, responder]);
    printResult(io, options.json, { device, responder, ...receipt }, [
      ["closed", device],
      ["responder", responder],
      ...receiptRows(receipt),
    ]);
  });
}
