import { FieldsealError } from "@fieldseal/sdk";
import type { SettingSpec } from "./settings-table.ts";

export type SettingValue = string | number | boolean | readonly string[];

function invalid(spec: SettingSpec, where: string, value: string, wanted: string): FieldsealError {
  const shown = spec.kind === "secret" ? "its value" : `"${value}"`;
  const message = `${where}: ${shown} is not ${wanted}.`;
  return new FieldsealError("SETTING_INVALID", message, { setting: spec.env });
}

function parseInteger(spec: SettingSpec, where: string, value: string): number {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = spec;
  const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max)) {
    const range = spec.max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
    throw invalid(spec, where, value, `a whole number ${range}`);
  }
  return number;
}

/**
 * A setting's value from its text.
 * @param where What the user wrote it as, for the error
 * @throws SETTING_INVALID
 */
export function parseSetting(spec: SettingSpec, where: string, value: string): SettingValue {
  switch (spec.kind) {
    case "integer":
      return parseInteger(spec, where, value);
    case "boolean":
      if (value !== "true" && value !== "false") throw invalid(spec, where, value, "true or false");
      return value === "true";
    case "list":
      return value.split(",").flatMap((item) => (item.trim() === "" ? [] : item.trim()));
    default:
      if (spec.oneOf?.includes(value) === false) {
        throw invalid(spec, where, value, `one of ${spec.oneOf.join(", ")}`);
      }
      return value;
  }
}
