import { FieldsealError } from "@fieldseal/sdk";

/** A whole number above zero from the command line. @throws USAGE */
export function parseWhole(text: string, unit: string): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (number > 0) return number;
  throw new FieldsealError("USAGE", `"${text}" is no number of ${unit}.`);
}

/** A whole number of seconds from the command line. @throws USAGE */
export const parseSeconds = (text: string): number => parseWhole(text, "seconds");
