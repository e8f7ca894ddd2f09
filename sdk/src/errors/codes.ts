import type { ErrorEntry } from "./error-entry.ts";
import { exchangeErrors } from "./exchange-codes.ts";
import { machineErrors } from "./machine-codes.ts";
import { messageErrors } from "./message-codes.ts";

/** Every code the SDK throws. `docs/errors.md` is generated from this table and the oracle's. */
export const sdkErrors = {
  ...messageErrors,
  ...exchangeErrors,
  ...machineErrors,
} as const satisfies Record<string, ErrorEntry>;

export type SdkErrorCode = keyof typeof sdkErrors;
