import { type SettingSpec, settingsTable } from "./settings-table.ts";

/** Name and spec of every setting, in the table's order. */
export const settingSpecs: readonly (readonly [string, SettingSpec])[] =
  Object.entries(settingsTable);

/** The command line's flag for a name in camelCase. */
export const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** A secret may be given by the name of a file that holds it: systemd credentials, mounted secrets. */
export const fileVariant = (name: string): string => `${name}File`;

/** The variable that names a file with the secret. */
export const fileVariable = (env: string): string => `${env}_FILE`;

/** Names that a settings file may use. */
export const fileKeys: ReadonlySet<string> = new Set(
  settingSpecs.flatMap(([name, { kind }]) =>
    kind === "secret" ? [name, fileVariant(name)] : name,
  ),
);

/** Variables of the environment that are settings. */
export const settingVariables: ReadonlySet<string> = new Set(
  settingSpecs.flatMap(([, { env, kind }]) => (kind === "secret" ? [env, fileVariable(env)] : env)),
);
