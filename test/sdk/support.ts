import { errorCode } from "@fieldseal/sdk";
import { AssertionError } from "chai";

/** The code with which `work` is refused; fails when it is not, or with anything but a FieldsealError. */
export function refusal(work: () => unknown): string {
  let result: unknown;
  try {
    result = work();
  } catch (error) {
    return codeOf(error);
  }
  throw new AssertionError(`expected a refusal, got ${String(result)}`);
}

/** As {@link refusal}, of a promise. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  const result = await work.catch((error: unknown) => ({ code: codeOf(error) }));
  if (typeof result === "object" && result !== null && "code" in result) return String(result.code);
  throw new AssertionError(`expected a refusal, got ${String(result)}`);
}

function codeOf(error: unknown): string {
  const code = errorCode(error);
  if (code === undefined) throw error;
  return code;
}
