import { dirname, resolve } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import { parseSetting, type SettingValue } from "./parse-setting.ts";
import type { Settings } from "./read-settings.ts";
import {
  fileVariable,
  fileVariant,
  flagOf,
  settingSpecs,
  settingVariables,
} from "./setting-names.ts";
import { readSecretFile, readSettingsFile, unknownSetting } from "./settings-file.ts";
import { otherVariables, type SettingSpec } from "./settings-table.ts";

/** Where settings may come from; flags before environment before file before defaults. */
export type SettingSources = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** By the table's names; secrets also as `<name>File`. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  /** A YAML file; without it the one that FIELDSEAL_CONFIG names, if it does. */
  readonly configFile?: string | undefined;
  /** Folder against which file names are resolved. */
  readonly cwd: string;
};

export type ResolvedSettings = {
  readonly settings: Settings;
  /** Where each setting comes from, in words, by its name; settings that have no value are not in it. */
  readonly origins: ReadonlyMap<string, string>;
};

/** One place where settings stand. */
type Layer = {
  readonly folder: string;
  /** What stands there for a setting, and how the user wrote it. */
  find(name: string, env: string): Found | undefined;
};

type Found = { readonly text: string; readonly where: string };

const found = (text: string | undefined, where: string): Found | undefined =>
  text === undefined ? undefined : { text, where };

function layersOf({ environment, flags = {}, configFile, cwd }: SettingSources): Layer[] {
  const layers: Layer[] = [
    { folder: cwd, find: (name) => found(flags[name], flagOf(name)) },
    { folder: cwd, find: (_name, env) => found(environment[env], env) },
  ];
  const named = configFile ?? environment.FIELDSEAL_CONFIG;
  if (named === undefined || named === "") return layers;
  const path = resolve(cwd, named);
  const values = readSettingsFile(path);
  const find = (name: string) => found(values.get(name), `${path}: ${name}`);
  return [...layers, { folder: dirname(path), find }];
}

function lookIn({ folder, find }: Layer, name: string, spec: SettingSpec): Found | undefined {
  const direct = find(name, spec.env);
  if (spec.kind !== "secret") return direct;
  const byFile = find(fileVariant(name), fileVariable(spec.env));
  if (byFile === undefined) return direct;
  if (direct !== undefined) {
    const message = `${direct.where} and ${byFile.where} are both given: leave one of them out.`;
    throw new FieldsealError("SETTING_INVALID", message, { setting: spec.env });
  }
  const path = resolve(folder, byFile.text);
  return { text: readSecretFile(path), where: `${byFile.where} (${path})` };
}

function refuseUnknown(environment: SettingSources["environment"]): void {
  for (const name of Object.keys(environment)) {
    const ours = name.startsWith("FIELDSEAL_") && !otherVariables.has(name);
    if (ours && !settingVariables.has(name))
      throw unknownSetting(name, undefined, settingVariables);
  }
}

/**
 * The settings in force and where each came from.
 * @throws SETTING_UNKNOWN for a variable or a key in the file that is in no table
 * @throws SETTING_INVALID for a value of the wrong type or out of range
 * @throws SETTING_FILE, SETTING_EXPOSED
 */
export function resolveSettings(sources: SettingSources): ResolvedSettings {
  refuseUnknown(sources.environment);
  const layers = layersOf(sources);
  const values: Record<string, SettingValue> = {};
  const origins = new Map<string, string>();
  for (const [name, spec] of settingSpecs) {
    let given: Found | undefined;
    for (const layer of layers) given ??= lookIn(layer, name, spec);
    given ??= found(spec.default, "default");
    if (given === undefined) continue;
    values[name] = parseSetting(spec, given.where, given.text);
    origins.set(name, given.where);
  }
  // Each value was parsed as its row of the table says.
  return { settings: values as Settings, origins };
}
