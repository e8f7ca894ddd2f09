import { FieldsealError } from "@fieldseal/sdk";

const unitS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const latestS = 2 ** 40 - 2;

/**
 * A time from the command line: `+90m` (s, m, h, d) after `baseS`, or ISO 8601 with its zone, as `2027-01-31T18:00Z`.
 * @param baseS seconds since 1970
 * @returns seconds since 1970
 * @throws USAGE
 */
export function parseTime(text: string, baseS: number): number {
  const [, count, unit = ""] = /^\+(\d{1,9})([smhd])$/.exec(text) ?? [];
  const isIso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const timeS =
    count === undefined
      ? isIso
        ? Date.parse(text) / 1000
        : Number.NaN
      : baseS + Number(count) * (unitS[unit] ?? Number.NaN);
  if (timeS > 0 && timeS <= latestS) return timeS;
  const message = `"${text}" is no time: write 2027-01-31T18:00Z, or +90m, +24h, +30d.`;
  throw new FieldsealError("USAGE", message);
}
