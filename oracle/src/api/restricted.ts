import { FieldsealError } from "@fieldseal/sdk";
import type { ApiSources } from "./api-context.ts";

/**
 * Guards what shows the contents of messages.
 * @throws RESTRICTED on a restricted log
 */
export function refuseIfRestricted({ logInfo, identity }: ApiSources): void {
  if (!logInfo().restricted) return;
  throw new FieldsealError(
    "RESTRICTED",
    `Log ${identity.logId} is restricted: its readings are open to named auditors only.`,
  );
}
