import { FieldsealError } from "@fieldseal/sdk";
import {
  otherVariables,
  type SettingName,
  type SettingSpec,
  settingsTable,
} from "./settings-table.ts";

type Kinds = { text: string; secret: string; integer: number; boolean: boolean; list: string[] };
type Specs = typeof settingsTable;
type ValueOf<Spec extends SettingSpec> =
  | Kinds[Spec["kind"]]
  | (Spec["default"] extends string ? never : undefined);

/** The service's settings, typed from the table. */
export type Settings = { readonly [Name in SettingName]: ValueOf<Specs[Name]> };

const specs: [string, SettingSpec][] = Object.entries(settingsTable);

function invalid(spec: SettingSpec, value: string, wanted: string): FieldsealError {
  const shown = spec.kind === "secret" ? "its value" : `"${value}"`;
  return new FieldsealError("SETTING_INVALID", `${spec.env}: ${shown} is not ${wanted}.`, {
    setting: spec.env,
  });
}

function parseInteger(spec: SettingSpec, value: string): number {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = spec;
  const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max)) {
    const range = spec.max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
    throw invalid(spec, value, `a whole number ${range}`);
  }
  return number;
}

function parse(spec: SettingSpec, value: string): string | number | boolean | string[] {
  switch (spec.kind) {
    case "integer":
      return parseInteger(spec, value);
    case "boolean":
      if (value !== "true" && value !== "false") throw invalid(spec, value, "true or false");
      return value === "true";
    case "list":
      return value.split(",").filter((item) => item !== "");
    default:
      if (spec.oneOf?.includes(value) === false) {
        throw invalid(spec, value, `one of ${spec.oneOf.join(", ")}`);
      }
      return value;
  }
}

function refuseUnknown(environment: Record<string, string | undefined>): void {
  const known = new Set(specs.map(([, { env }]) => env));
  for (const name of Object.keys(environment)) {
    const ours = name.startsWith("FIELDSEAL_") && !otherVariables.has(name);
    if (ours && !known.has(name)) {
      throw new FieldsealError("SETTING_UNKNOWN", `${name} is no setting of Fieldseal.`, {
        setting: name,
      });
    }
  }
}

/**
 * Reads the settings: `overrides` (flags) before `environment` before defaults.
 * @throws SETTING_UNKNOWN for a FIELDSEAL_ variable that is in no table
 * @throws SETTING_INVALID for a value of the wrong type or out of range
 */
export function readSettings(
  environment: Record<string, string | undefined>,
  overrides: { readonly [Name in SettingName]?: string } = {},
): Settings {
  refuseUnknown(environment);
  const given: Record<string, string | undefined> = overrides;
  const values = specs.flatMap(([name, spec]) => {
    const text = given[name] ?? environment[spec.env] ?? spec.default;
    return text === undefined ? [] : [[name, parse(spec, text)] as const];
  });
  return Object.fromEntries(values) as Settings;
}

/** The settings as they may be logged: secrets replaced. */
export function redactSettings(settings: Settings): Record<string, unknown> {
  const shown: Record<string, unknown> = { ...settings };
  for (const [name, spec] of specs) {
    if (spec.kind === "secret" && shown[name] !== undefined) shown[name] = "[redacted]";
  }
  return shown;
}
