import { FieldsealError } from "@fieldseal/sdk";
import type { Settings } from "../config/read-settings.ts";
import { settingsTable } from "../config/settings-table.ts";

function invalid(name: "publicUrl" | "auditors", value: string, wanted: string): FieldsealError {
  const { env } = settingsTable[name];
  const message = `${env}: "${value}" is not ${wanted}.`;
  return new FieldsealError("SETTING_INVALID", message, { setting: env });
}

/** Host and port under which people reach HTTP, if the settings say so. @throws SETTING_INVALID */
export function siteOf({ publicUrl }: Settings): string | undefined {
  if (publicUrl === undefined) return undefined;
  if (URL.canParse(publicUrl) && /^https?:/.test(publicUrl)) return new URL(publicUrl).host;
  throw invalid("publicUrl", publicUrl, "an http(s) URL");
}

/** The named auditors, lowercase. @throws SETTING_INVALID */
export function auditorsOf({ auditors }: Settings): ReadonlySet<string> {
  for (const account of auditors) {
    if (!/^0x[0-9a-fA-F]{40}$/.test(account)) throw invalid("auditors", account, "an address");
  }
  return new Set(auditors.map((account) => account.toLowerCase()));
}
