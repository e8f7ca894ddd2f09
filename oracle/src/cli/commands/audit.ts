import { Command } from "commander";
import type { CliIo } from "../io.ts";
import { auditExportCommand } from "./audit-export.ts";
import { auditVerifyCommand } from "./audit-verify.ts";

/** `fieldseal audit …` */
export function auditCommand(io: CliIo): Command {
  return new Command("audit")
    .description("bundles of all that a log holds of a device")
    .addCommand(auditExportCommand(io))
    .addCommand(auditVerifyCommand(io));
}
