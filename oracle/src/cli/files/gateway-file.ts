import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import { type GatewaySettings, readGatewaySettings } from "../../gateway/gateway-settings.ts";
import type { CliIo } from "../io.ts";

function readable(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new FieldsealError("FILE_UNREADABLE", `${path} cannot be read.`, {}, { cause });
  }
}

/**
 * The settings of a gateway's file. Its folder and the certificate authority's file are named as seen from where the
 * file is.
 * @throws FILE_UNREADABLE, GATEWAY_CONFIG
 */
export function readGatewayFile(
  io: CliIo,
  name: string,
): { readonly settings: GatewaySettings; readonly folder: string } {
  const path = resolve(io.cwd, name);
  const { source, ...others } = readGatewaySettings(readable(path));
  const ca = source.ca === undefined ? undefined : resolve(path, "..", source.ca);
  if (ca !== undefined) readable(ca);
  return {
    settings: { ...others, source: { ...source, ca } },
    folder: resolve(path, "..", others.folder),
  };
}
