import { resolve } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import { Command } from "commander";
import { pino } from "pino";
import type { Settings } from "../../config/read-settings.ts";
import { allowAdoption } from "../../store/adoption.ts";
import { backupFolder } from "../../store/backup-folder.ts";
import { openStore } from "../../store/open-store.ts";
import { restoreFolder } from "../../store/restore-folder.ts";
import type { CliIo } from "../io.ts";
import { printResult } from "../output/print.ts";
import { type SettingFlags, settingOptions, settingsFrom } from "../setting-options.ts";

/** The data folder. @throws BACKUP_ENGINE if the store is on PostgreSQL */
function folderOf(io: CliIo, { dataFolder, database }: Settings): string {
  if (database !== undefined) {
    throw new FieldsealError("BACKUP_ENGINE", "The store is on PostgreSQL.");
  }
  return resolve(io.cwd, dataFolder);
}

/** `backup <file>`: the store in one file, while the service runs. */
export function backupCommand(io: CliIo): Command {
  const command = new Command("backup")
    .description("copy the store into one file, as of one moment; the service may go on")
    .argument("<file>", "to write; must not exist");
  return settingOptions(command)
    .option("--json", "print one JSON object")
    .action((file: string, options: SettingFlags) => {
      const folder = folderOf(io, settingsFrom(io, options).settings);
      const { bytes, messages } = backupFolder(folder, resolve(io.cwd, file));
      printResult(io, options.json === true, { file, bytes, messages }, [
        ["backup", file],
        ["messages", String(messages)],
        ["bytes", String(bytes)],
      ]);
    });
}

/** `restore <file>`: a backup into an empty data folder. */
export function restoreCommand(io: CliIo): Command {
  const command = new Command("restore")
    .description("put a backup into a data folder that holds no store; the service must not run")
    .argument("<file>", "written by backup");
  return settingOptions(command)
    .option("--json", "print one JSON object")
    .action((file: string, options: SettingFlags) => {
      const folder = folderOf(io, settingsFrom(io, options).settings);
      const messages = restoreFolder(resolve(io.cwd, file), folder, io.nowMs());
      printResult(io, options.json === true, { folder, messages }, [
        ["restored to", folder],
        ["messages", String(messages)],
      ]);
    });
}

/** `adopt`: lets a store go on behind checkpoints that were not built from it. */
export function adoptCommand(io: CliIo): Command {
  const command = new Command("adopt").description(
    "let the stopped service's store take over checkpoints of the log that were not built from it",
  );
  return settingOptions(command)
    .option(
      "--yes",
      "no other oracle seals with this operator key, and no newer copy of the store is left",
    )
    .option("--json", "print one JSON object")
    .action(async (options: SettingFlags) => {
      const { dataFolder, database: url } = settingsFrom(io, options).settings;
      if (options.yes !== true) {
        throw new FieldsealError(
          "CONFIRMATION_MISSING",
          "A message in a checkpoint that is adopted may be sealed once more: one that waits here, or that its device sends again.",
        );
      }
      const path = resolve(io.cwd, dataFolder);
      const store = await openStore({ path, url, log: pino({ level: "silent" }) });
      try {
        await allowAdoption(store.db, io.nowMs());
      } finally {
        await store.close();
      }
      printResult(io, options.json === true, { store: store.place }, [["may adopt", store.place]]);
    });
}
