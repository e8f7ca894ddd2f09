import { Command } from "commander";
import type { CliIo } from "../io.ts";
import { manifestBuildCommand } from "./manifest-build.ts";
import { manifestCommitCommand } from "./manifest-commit.ts";
import { manifestProofCommand } from "./manifest-proof.ts";
import { manifestEndRecallCommand, manifestRecallCommand } from "./manifest-recall.ts";

/** `fieldseal manifest …` */
export function manifestCommand(io: CliIo): Command {
  const command = new Command("manifest").description("a manufacturer's lists of devices");
  const subcommands = [
    manifestBuildCommand,
    manifestCommitCommand,
    manifestProofCommand,
    manifestRecallCommand,
    manifestEndRecallCommand,
  ];
  for (const subcommand of subcommands) command.addCommand(subcommand(io));
  return command;
}
