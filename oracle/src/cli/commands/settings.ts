import { Command } from "commander";
import { redactSettings } from "../../config/read-settings.ts";
import type { CliIo } from "../io.ts";
import { alignTable, toJson } from "../output/print.ts";
import { type SettingFlags, settingOptions, settingsFrom } from "../setting-options.ts";

/** `settings`: what `serve` would run with, and where each value comes from. */
export function settingsCommand(io: CliIo): Command {
  const command = new Command("settings").description(
    "print the settings that serve would run with, secrets hidden, and where each comes from",
  );
  return settingOptions(command)
    .option("--json", "print one JSON object")
    .action((options: SettingFlags) => {
      const { settings, origins } = settingsFrom(io, options);
      const shown = Object.entries(redactSettings(settings)).map(([name, value]) => ({
        name,
        value,
        from: origins.get(name) ?? "default",
      }));
      if (options.json === true) {
        const byName = shown.map(({ name, value, from }) => [name, { value, from }]);
        io.out(`${toJson(Object.fromEntries(byName))}\n`);
        return;
      }
      const rows = shown.map(({ name, value, from }) => [name, String(value), from]);
      io.out(`${alignTable([["setting", "value", "from"], ...rows])}\n`);
    });
}
