import { type Command, Option } from "commander";
import { type ResolvedSettings, resolveSettings } from "../config/resolve-settings.ts";
import { fileVariable, fileVariant, flagOf, settingSpecs } from "../config/setting-names.ts";
import type { CliIo } from "./io.ts";
import { environmentOf } from "./network/environment.ts";

/** `--config` and a flag for every setting. A secret's flag names a file: everybody on the machine sees a command line. */
export function settingOptions(command: Command): Command {
  command.option("--config <file>", "YAML file with settings (FIELDSEAL_CONFIG)");
  for (const [name, { env, kind, what }] of settingSpecs) {
    const option =
      kind === "secret"
        ? new Option(
            `${flagOf(fileVariant(name))} <file>`,
            `file that holds: ${what} (${fileVariable(env)})`,
          )
        : new Option(`${flagOf(name)} <value>`, `${what} (${env})`);
    command.addOption(option);
  }
  return command;
}

/** What commander makes of a command line with {@link settingOptions}. */
export type SettingFlags = Readonly<Record<string, string | boolean | undefined>>;

/** The settings that a command's flags, the environment with `.env`, the file and the defaults give. */
export function settingsFrom(io: CliIo, options: SettingFlags): ResolvedSettings {
  const texts = Object.entries(options).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  const { config, ...flags } = Object.fromEntries(texts);
  return resolveSettings({
    environment: environmentOf(io),
    flags,
    configFile: config,
    cwd: io.cwd,
  });
}
