import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import { type GatewaySettings, readGatewaySettings } from "../../gateway/gateway-settings.ts";
import type { CliIo } from "../io.ts";

/**
 * The settings of a gateway's file, and its folder, which is named as seen from where the file is.
 * @throws FILE_UNREADABLE, GATEWAY_CONFIG
 */
export function readGatewayFile(
  io: CliIo,
  name: string,
): { readonly settings: GatewaySettings; readonly folder: string } {
  const path = resolve(io.cwd, name);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new FieldsealError("FILE_UNREADABLE", `${path} cannot be read.`, {}, { cause });
  }
  const settings = readGatewaySettings(text);
  return { settings, folder: resolve(path, "..", settings.folder) };
}
