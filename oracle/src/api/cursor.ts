import { FieldsealError } from "@fieldseal/sdk";

/**
 * A place in a list as opaque text: the values of the columns that the list is ordered by.
 * @throws REQUEST_INVALID for text that no answer of this API held
 */
export function decodeCursor(text: string, columns: number): bigint[] {
  const parts = Buffer.from(text, "base64url").toString("latin1").split(".");
  const sound = parts.length === columns && parts.every((part) => /^-?\d{1,19}$/.test(part));
  if (!sound) {
    throw new FieldsealError("REQUEST_INVALID", "The cursor is none that this server gave.");
  }
  return parts.map(BigInt);
}

/** See {@link decodeCursor}. */
export function encodeCursor(values: readonly (bigint | number)[]): string {
  return Buffer.from(values.join("."), "latin1").toString("base64url");
}
