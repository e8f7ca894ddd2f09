import { FieldsealError, type Reading } from "@fieldseal/sdk";

const pattern = /^([^=/]+)=("(?:[^"\\]|\\.)*"|[^/"]+)(?:\/(.+))?$/;
const decimal = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * A reading as it is written in a shell: `temperature=21.5/Cel`, `open=true`, `note="all quiet"`.
 * Numbers keep every digit.
 * @throws READING_SYNTAX
 */
export function parseReading(text: string, timeMs: number | undefined): Reading {
  const [, name, value, unit] = pattern.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new FieldsealError("READING_SYNTAX", `"${text}" is no reading.`);
  }
  const common = {
    name,
    ...(unit === undefined ? {} : { unit }),
    ...(timeMs === undefined ? {} : { timeMs }),
  };
  if (value === "true" || value === "false") return { ...common, bool: value === "true" };
  if (decimal.test(value)) return { ...common, value };
  if (value.startsWith('"')) return { ...common, text: parseText(value) };
  throw new FieldsealError(
    "READING_SYNTAX",
    `"${value}" is neither a number, true, false nor a text in double quotes.`,
  );
}

function parseText(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch (cause) {
    const message = `${quoted} has a backslash that JSON does not know.`;
    throw new FieldsealError("READING_SYNTAX", message, {}, { cause });
  }
}
