import { FieldsealError } from "@fieldseal/sdk";

/** A whole number of seconds from the command line. @throws USAGE */
export function parseSeconds(text: string): number {
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds > 0) return seconds;
  throw new FieldsealError("USAGE", `"${text}" is no number of seconds.`);
}
