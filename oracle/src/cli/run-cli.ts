import { Command, CommanderError } from "commander";
import { auditCommand } from "./commands/audit.ts";
import { commandCommand } from "./commands/command.ts";
import { deviceCommand } from "./commands/device.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { gatewayCommand } from "./commands/gateway.ts";
import { grantCommand } from "./commands/grant.ts";
import { guardCommand } from "./commands/guard.ts";
import { loginCommand } from "./commands/login.ts";
import { manifestCommand } from "./commands/manifest.ts";
import { proofCommand } from "./commands/proof.ts";
import { publishCommand } from "./commands/publish.ts";
import { serveCommand } from "./commands/serve.ts";
import { settingsCommand } from "./commands/settings.ts";
import { adoptCommand, backupCommand, restoreCommand } from "./commands/store-commands.ts";
import { verifyCommand } from "./commands/verify.ts";
import type { CliIo } from "./io.ts";
import { failureOf } from "./output/failure.ts";
import { toJson } from "./output/print.ts";

function createProgram(io: CliIo): Command {
  const program = new Command("fieldseal")
    .description("Identities, signed readings, proofs and audits of field devices")
    .exitOverride()
    // A command and its subcommand may have an option of the same name: it is whose name stands before it.
    .enablePositionalOptions()
    .configureOutput({ writeOut: io.out, writeErr: () => {} });
  for (const command of [
    deviceCommand(io),
    loginCommand(io),
    manifestCommand(io),
    grantCommand(io),
    publishCommand(io),
    commandCommand(io),
    proofCommand(io),
    verifyCommand(io),
    auditCommand(io),
    doctorCommand(io),
    serveCommand(io),
    backupCommand(io),
    restoreCommand(io),
    adoptCommand(io),
    settingsCommand(io),
    guardCommand(io),
    gatewayCommand(io),
  ]) {
    program.addCommand(command);
  }
  return inherit(program, program);
}

/** Subcommands made elsewhere take over how errors leave. */
function inherit(program: Command, from: Command): Command {
  for (const command of program.commands) {
    command.copyInheritedSettings(from);
    inherit(command, from);
  }
  return program;
}

const displayed = new Set(["commander.helpDisplayed", "commander.help", "commander.version"]);

function fail(io: CliIo, error: unknown, json: boolean): number {
  const { code, message, cure, exitCode, details } = failureOf(error);
  if (json) {
    io.out(`${toJson({ ...details, code, message, cure })}\n`);
  } else {
    const indent = " ".repeat(code.length + 2);
    io.err(`${code}  ${message}\n${indent}${cure}\n`);
  }
  return exitCode;
}

/**
 * Runs one command of the CLI.
 * @param args What follows the program's name
 * @returns exit code: 0 done and valid, 1 failed or invalid, 2 written wrongly
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  const program = createProgram(io);
  try {
    if (args.length === 0) {
      io.out(program.helpInformation());
      return 2;
    }
    await program.parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && displayed.has(error.code)) {
      return error.exitCode === 0 ? 0 : 2;
    }
    return fail(io, error, args.includes("--json"));
  }
}
