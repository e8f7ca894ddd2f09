import { type ErrorEntry, FieldsealError, sdkErrors } from "@fieldseal/sdk";
import { CommanderError } from "commander";
import { oracleErrors } from "../../internal/codes.ts";

/** How a failed command ends. */
export type Failure = {
  readonly code: string;
  readonly message: string;
  readonly cure: string;
  /** 1 failed or invalid, 2 the command was written wrongly. */
  readonly exitCode: 1 | 2;
  /** What a program may want beside the sentence. */
  readonly details?: Readonly<Record<string, unknown>>;
};

const table: Readonly<Record<string, ErrorEntry>> = { ...sdkErrors, ...oracleErrors };

/** An error as a person is told of it; anything unforeseen is INTERNAL with its own sentence. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, "").replaceAll("\n", " ");
    return { code: "USAGE", message, cure: oracleErrors.USAGE.cure, exitCode: 2 };
  }
  if (error instanceof FieldsealError) {
    const cure = table[error.code]?.cure ?? "See docs/errors.md.";
    const exitCode = error.code === "USAGE" || error.code === "OPTION_MISSING" ? 2 : 1;
    const { code, message, details } = error;
    return { code, message, cure, exitCode, details };
  }
  const message = error instanceof Error ? error.message : String(error);
  const [line = ""] = message.split("\n");
  return { code: "INTERNAL", message: line, cure: oracleErrors.INTERNAL.cure, exitCode: 1 };
}
