import { maxMetricLength, sha256 } from "@fieldseal/sdk";

const letters = "abcdefghijkmnpqrstuvwxyz23456789";
const encoder = new TextEncoder();

function shortHash(text: string, length: number): string {
  const digest = sha256(encoder.encode(text));
  let out = "";
  for (const byte of digest.subarray(0, length)) out += letters[byte & 31] ?? "";
  return out;
}

/** What every relayed metric begins with: an origin's alias between colons. */
const relayMark = "r:";

/** The alias of an origin that was given none: six letters and digits of its name's hash. */
export const aliasOf = (origin: string): string => shortHash(origin, 6);

/** An alias that the operator may give. */
export const aliasPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,11}$/;

const forbidden = /[^A-Za-z0-9\-:._]+/g;

/** Shortens from the front: the last part of a name says what was measured. */
function fit(name: string, room: number): string {
  if (name.length <= room) return name;
  const hash = shortHash(name, 4);
  const last = name.slice(name.lastIndexOf(".") + 1);
  const left = room - last.length - 1 - hash.length;
  if (last.length === name.length || left < 0) return `${name.slice(0, room - 5)}-${hash}`;
  return `${left > 1 ? `${name.slice(0, left - 1)}-` : ""}${hash}.${last}`;
}

/**
 * The name of a relayed reading, `r:<alias>:<name>`, such that with its unit it fits a metric. The mark and the alias
 * are in the leaf: whoever is shown this one reading sees that it was relayed, and of whom.
 * @returns undefined if unit and alias leave no room
 */
export function relayedName(
  alias: string,
  name: string,
  unit: string | undefined,
): string | undefined {
  const head = `${relayMark}${alias}:`;
  const tail = unit === undefined ? 0 : unit.length + 1;
  const room = maxMetricLength - head.length - tail;
  if (room < 6) return undefined;
  const clean = name.replace(forbidden, "_");
  return clean === "" ? undefined : `${head}${fit(clean, room)}`;
}
