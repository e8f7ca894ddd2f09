import { FieldsealError } from "@fieldseal/sdk";
import type { Hex } from "../chain/types.ts";
import type { Settings } from "../config/read-settings.ts";
import { settingsTable } from "../config/settings-table.ts";

/** What the settings say about Home Assistant; undefined where none is told anything. */
export type HomeAssistantSettings = {
  readonly prefix: string;
  readonly mqttUrl: string;
  readonly reader: Hex | undefined;
};

type Name = "publicUrl" | "auditors" | "homeAssistant" | "homeAssistantReader";

function invalid(name: Name, value: string, wanted: string): FieldsealError {
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

/** @throws SETTING_INVALID, SETTING_MISSING where no broker is named for it */
export function homeAssistantOf(settings: Settings): HomeAssistantSettings | undefined {
  const {
    homeAssistant: prefix,
    homeAssistantMqtt,
    homeAssistantReader: reader,
    mqttUrl,
  } = settings;
  if (prefix === undefined) return undefined;
  if (!/^[^#+\s/][^#+\s]{0,99}$/.test(prefix) || prefix.endsWith("/")) {
    throw invalid("homeAssistant", prefix, "a topic prefix");
  }
  if (reader !== undefined && !/^0x[0-9a-fA-F]{40}$/.test(reader)) {
    throw invalid("homeAssistantReader", reader, "an address");
  }
  const broker = homeAssistantMqtt ?? mqttUrl;
  if (broker === undefined) {
    // The embedded broker lets in nobody but devices and accounts of the chain.
    const message =
      "FIELDSEAL_HOME_ASSISTANT_MQTT is not given: the URL of Home Assistant's broker.";
    throw new FieldsealError("SETTING_MISSING", message);
  }
  return { prefix, mqttUrl: broker, reader: reader?.toLowerCase() as Hex | undefined };
}
