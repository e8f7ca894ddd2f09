import { resolveSettings } from "./resolve-settings.ts";
import { settingSpecs } from "./setting-names.ts";
import type { SettingName, SettingSpec, settingsTable } from "./settings-table.ts";

type Kinds = { text: string; secret: string; integer: number; boolean: boolean; list: string[] };
type Specs = typeof settingsTable;
type ValueOf<Spec extends SettingSpec> =
  | Kinds[Spec["kind"]]
  | (Spec["default"] extends string ? never : undefined);

/** The service's settings, typed from the table. */
export type Settings = { readonly [Name in SettingName]: ValueOf<Specs[Name]> };

/**
 * Reads the settings: `overrides` before `environment` before the file that FIELDSEAL_CONFIG names before defaults.
 * @throws SETTING_UNKNOWN, SETTING_INVALID, SETTING_FILE, SETTING_EXPOSED
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  overrides: { readonly [Name in SettingName]?: string } = {},
): Settings {
  return resolveSettings({ environment, flags: overrides, cwd: process.cwd() }).settings;
}

/** The settings as they may be shown: secrets replaced. */
export function redactSettings(settings: Settings): Record<string, unknown> {
  const shown: Record<string, unknown> = { ...settings };
  for (const [name, { kind }] of settingSpecs) {
    if (kind === "secret" && shown[name] !== undefined) shown[name] = "[redacted]";
  }
  return shown;
}
