import { Command } from "commander";
import type { CliIo } from "../io.ts";
import { deviceAcceptCommand } from "./device-accept.ts";
import { deviceEnrolCommand } from "./device-enrol.ts";
import { deviceNewCommand } from "./device-new.ts";
import { deviceRotateCommand } from "./device-rotate.ts";
import { deviceShowCommand } from "./device-show.ts";
import { deviceResumeCommand, deviceRetireCommand, deviceSuspendCommand } from "./device-status.ts";
import { deviceTokenCommand } from "./device-token.ts";
import { deviceTransferCommand } from "./device-transfer.ts";

/** `fieldseal device …` */
export function deviceCommand(io: CliIo): Command {
  const command = new Command("device").description("keys and identities of devices");
  const subcommands = [
    deviceNewCommand,
    deviceEnrolCommand,
    deviceShowCommand,
    deviceSuspendCommand,
    deviceResumeCommand,
    deviceRotateCommand,
    deviceAcceptCommand,
    deviceTransferCommand,
    deviceRetireCommand,
    deviceTokenCommand,
  ];
  for (const subcommand of subcommands) command.addCommand(subcommand(io));
  return command;
}
