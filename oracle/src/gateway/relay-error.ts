import { FieldsealError } from "@fieldseal/sdk";
import type { RelayCode } from "./codes.ts";

/** A refusal of a message, or of a part of it. */
export function relayError(
  code: RelayCode,
  message: string,
  details: Record<string, unknown> = {},
): FieldsealError {
  return new FieldsealError(code, message, details);
}
