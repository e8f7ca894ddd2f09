import { sdkError } from "../errors/sdk-error.ts";
import { grantablePermissions, permissions } from "./permissions.ts";

const firstApplicationBit = 8;
const bitsInAll = 40;

const named: readonly (readonly [name: string, bit: bigint])[] = [
  ...Object.entries(permissions).map(([name, bit]) => [name.toLowerCase(), bit] as const),
  ...Array.from({ length: bitsInAll - firstApplicationBit }, (_, i) => {
    const index = firstApplicationBit + i;
    return [`bit${index}`, 1n << BigInt(index)] as const;
  }),
];
const bitOf: ReadonlyMap<string, bigint> = new Map(named);

/**
 * The bits that a text names: `read,command`, applications' bits as `bit8` to `bit39`.
 * @throws FieldsealError PERMISSIONS_FORMAT when a name is unknown, or none is given
 */
export function parsePermissions(text: string): bigint {
  return text.split(",").reduce((bits, part) => {
    const name = part.trim().toLowerCase();
    const bit = bitOf.get(name);
    if (bit === undefined) throw sdkError("PERMISSIONS_FORMAT", `"${name}" is no permission.`);
    return bits | bit;
  }, 0n);
}

/**
 * The names of bits, as {@link parsePermissions} reads them; no bit at all is the empty text.
 * @throws FieldsealError PERMISSIONS_FORMAT for a reserved bit, or one above 39
 */
export function formatPermissions(bits: bigint): string {
  if ((bits & ~grantablePermissions) !== 0n) {
    throw sdkError("PERMISSIONS_FORMAT", `0x${bits.toString(16)} has bits that mean nothing.`);
  }
  return named
    .filter(([, bit]) => (bits & bit) !== 0n)
    .map(([name]) => name)
    .join(",");
}
