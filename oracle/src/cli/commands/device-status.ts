import { FieldsealError } from "@fieldseal/sdk";
import { Command } from "commander";
import type { CliIo } from "../io.ts";
import { sendAction } from "../network/registry-session.ts";
import { printResult } from "../output/print.ts";
import { namedDevice, type OwnerOptions, openOwner, ownerOptions } from "./owner-action.ts";

type StatusOptions = OwnerOptions & { readonly key?: string; readonly yes?: boolean };

function statusCommand(
  io: CliIo,
  name: "suspend" | "resume" | "retire",
  what: string,
  done: string,
) {
  const command = new Command(name)
    .description(what)
    .argument("[device]", "its id")
    .option("--key <file>", "its key file, instead of the id");
  return ownerOptions(command).action(
    async (argument: string | undefined, options: StatusOptions) => {
      const device = namedDevice(io, argument, options.key);
      if (name === "retire" && options.yes !== true) throw unconfirmed(device);
      const { session, owner } = await openOwner(io, options);
      const { transaction, block } = await sendAction(session, owner, name, [device]);
      printResult(io, options.json, { device, action: name, transaction, block }, [
        [done, device],
        ["transaction", transaction],
        ["block", String(block)],
      ]);
    },
  );
}

/** `device suspend` */
export const deviceSuspendCommand = (io: CliIo): Command =>
  statusCommand(io, "suspend", "stop taking a device's messages", "suspended");

/** `device resume` */
export const deviceResumeCommand = (io: CliIo): Command =>
  statusCommand(io, "resume", "take a suspended device's messages again", "resumed");

function unconfirmed(device: string): FieldsealError {
  return new FieldsealError(
    "CONFIRMATION_MISSING",
    `Retirement is final, the id ${device} never returns: say --yes if you mean it.`,
  );
}

/** `device retire` */
export const deviceRetireCommand = (io: CliIo): Command =>
  statusCommand(io, "retire", "end a device for ever", "retired").option(
    "--yes",
    "it is final, and meant",
  );
