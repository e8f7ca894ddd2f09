import type { ErrorEntry } from "@fieldseal/sdk";

/** Every code the service and the CLI throw beside the SDK's. `docs/errors.md` is generated from both tables. */
export const oracleErrors = {
  INTERNAL: {
    cause: "A defect in the service.",
    cure: "Report it with the log line that carries the same code.",
  },
  SETTING_UNKNOWN: {
    cause: "A setting is named that does not exist.",
    cure: "Compare the name with docs/settings.md.",
  },
  SETTING_INVALID: {
    cause: "A setting's value cannot be used.",
    cure: "Give a value of the type and range named in docs/settings.md.",
  },
} as const satisfies Record<string, ErrorEntry>;

export type OracleErrorCode = keyof typeof oracleErrors;
