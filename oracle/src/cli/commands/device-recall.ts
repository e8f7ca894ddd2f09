import { parseDeviceId } from "@fieldseal/sdk";
import { Command } from "commander";
import type { CliIo } from "../io.ts";
import { sendAction } from "../network/registry-session.ts";
import { printResult } from "../output/print.ts";
import { receiptRows } from "./grant-options.ts";
import { type OwnerOptions, openOwner, ownerOptions } from "./owner-action.ts";

type RecallOptions = OwnerOptions & { readonly reason: string };

/** `device recall`: a manufacturer's word to consumers about single devices. */
export function deviceRecallCommand(io: CliIo): Command {
  const command = new Command("recall")
    .description("as manufacturer of their manifest, recall devices; it stops nothing by itself")
    .argument("<device...>", "their ids")
    .requiredOption("--reason <text>", "for people, public");
  return ownerOptions(command).action(async (texts: string[], options: RecallOptions) => {
    const devices = texts.map(parseDeviceId);
    const { reason } = options;
    const { session, owner } = await openOwner(io, options);
    const receipt = await sendAction(session, owner, "recallDevices", [devices, reason]);
    printResult(io, options.json, { devices, reason, ...receipt }, [
      ["recalled", devices.join(" ")],
      ["reason", reason],
      ...receiptRows(receipt),
    ]);
  });
}

/** `device clear`: the units are repaired. */
export function deviceClearCommand(io: CliIo): Command {
  const command = new Command("clear")
    .description("as manufacturer, say that devices are repaired: earlier recalls are over")
    .argument("<device...>", "their ids");
  return ownerOptions(command).action(async (texts: string[], options: OwnerOptions) => {
    const devices = texts.map(parseDeviceId);
    const { session, owner } = await openOwner(io, options);
    const receipt = await sendAction(session, owner, "clearDevices", [devices]);
    printResult(io, options.json, { devices, ...receipt }, [
      ["cleared", devices.join(" ")],
      ...receiptRows(receipt),
    ]);
  });
}
