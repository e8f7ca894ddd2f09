import { Command } from "commander";
import type { CliIo } from "../io.ts";
import { deviceAcceptCommand } from "./device-accept.ts";
import { deviceDeclareCommand, deviceVouchCommand } from "./device-attestation.ts";
import { deviceClaimCommand } from "./device-claim.ts";
import { deviceEnrolCommand } from "./device-enrol.ts";
import { deviceNewCommand } from "./device-new.ts";
import { deviceClearCommand, deviceRecallCommand } from "./device-recall.ts";
import { deviceRecoverCommand } from "./device-recover.ts";
import { deviceRotateCommand } from "./device-rotate.ts";
import { deviceShowCommand } from "./device-show.ts";
import { deviceResumeCommand, deviceRetireCommand, deviceSuspendCommand } from "./device-status.ts";
import { deviceSuccessorCommand } from "./device-successor.ts";
import { deviceTokenCommand } from "./device-token.ts";
import { deviceTransferCommand } from "./device-transfer.ts";
import { deviceVetoCommand } from "./device-veto.ts";

/** `fieldseal device …` */
export function deviceCommand(io: CliIo): Command {
  const command = new Command("device").description("keys and identities of devices");
  const subcommands = [
    deviceNewCommand,
    deviceEnrolCommand,
    deviceClaimCommand,
    deviceShowCommand,
    deviceSuspendCommand,
    deviceResumeCommand,
    deviceRotateCommand,
    deviceAcceptCommand,
    deviceTransferCommand,
    deviceRecoverCommand,
    deviceVetoCommand,
    deviceVouchCommand,
    deviceDeclareCommand,
    deviceRecallCommand,
    deviceClearCommand,
    deviceSuccessorCommand,
    deviceRetireCommand,
    deviceTokenCommand,
  ];
  for (const subcommand of subcommands) command.addCommand(subcommand(io));
  return command;
}
