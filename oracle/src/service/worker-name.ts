import { FieldsealError } from "@fieldseal/sdk";
import type { Settings } from "../config/read-settings.ts";

/** Name of a process that has none. */
export const defaultWorker = "oracle";

/** Name of this process among those that share its log, if it has one. @throws SETTING_INVALID */
export function workerOf({ worker }: Settings): string | undefined {
  if (worker === undefined || /^[A-Za-z0-9-]{1,40}$/.test(worker)) return worker;
  const message = `FIELDSEAL_WORKER: "${worker}" is not 1 to 40 letters, digits and hyphens.`;
  throw new FieldsealError("SETTING_INVALID", message);
}
