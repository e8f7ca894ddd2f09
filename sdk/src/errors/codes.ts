/** What a code means to the person who meets it. */
export type ErrorEntry = { readonly cause: string; readonly cure: string };

/** Every code the SDK throws. `docs/errors.md` is generated from this table and the oracle's. */
export const sdkErrors = {
  MESSAGE_TOO_LARGE: {
    cause: "The message is over 8 KiB.",
    cure: "Split the pack into several messages.",
  },
} as const satisfies Record<string, ErrorEntry>;

export type SdkErrorCode = keyof typeof sdkErrors;
