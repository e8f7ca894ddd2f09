import type { SdkErrorCode } from "./codes.ts";
import { type ErrorDetails, FieldsealError } from "./fieldseal-error.ts";

/** A {@link FieldsealError} with one of the SDK's codes. */
export function sdkError(
  code: SdkErrorCode,
  message: string,
  details: ErrorDetails = {},
  cause?: unknown,
): FieldsealError<SdkErrorCode> {
  return new FieldsealError(code, message, details, cause === undefined ? undefined : { cause });
}

/** The code of a {@link FieldsealError}; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof FieldsealError ? error.code : undefined;
}
