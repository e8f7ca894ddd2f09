import { Command } from "commander";
import type { CliIo } from "../io.ts";
import { grantCloseEmergencyCommand, grantEmergencyCommand } from "./grant-emergency.ts";
import { grantGiveCommand } from "./grant-give.ts";
import { grantRevokeAllCommand, grantRevokeCommand } from "./grant-revoke.ts";
import { grantListCommand, grantShowCommand } from "./grant-show.ts";

/** `fieldseal grant …`; without a subcommand it gives. */
export function grantCommand(io: CliIo): Command {
  const command = new Command("grant").description("who may do what with a device");
  command.addCommand(grantGiveCommand(io), { isDefault: true });
  const subcommands = [
    grantRevokeCommand,
    grantRevokeAllCommand,
    grantShowCommand,
    grantListCommand,
    grantEmergencyCommand,
    grantCloseEmergencyCommand,
  ];
  for (const subcommand of subcommands) command.addCommand(subcommand(io));
  return command;
}
