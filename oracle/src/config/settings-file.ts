import { readFileSync, statSync } from "node:fs";
import { FieldsealError } from "@fieldseal/sdk";
import { LineCounter, parseDocument } from "yaml";
import { nearestName } from "./nearest-name.ts";
import { fileKeys, fileVariant, settingSpecs } from "./setting-names.ts";

const failed = (path: string, reason: string, cause?: unknown) =>
  new FieldsealError("SETTING_FILE", `${path}: ${reason}`, { path }, { cause });

/** What the system says of a file that cannot be read. */
function systemReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known: Record<string, string> = {
    ENOENT: "there is no such file.",
    EACCES: "this user may not read it.",
    EISDIR: "it is a folder.",
  };
  return known[code] ?? `it cannot be read (${code}).`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw failed(path, systemReason(error), error);
  }
}

/** The secret that a file holds; a line end after it is not part of it. @throws SETTING_FILE */
export function readSecretFile(path: string): string {
  const text = readText(path).replace(/\r?\n$/, "");
  if (text === "") throw failed(path, "it is empty.");
  return text;
}

function textOf(path: string, key: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
    return value.join(",");
  }
  throw failed(path, `${key} is neither a value nor a list of values.`);
}

/** A key in a file that others read is no secret any more. */
function refuseExposed(path: string, values: ReadonlyMap<string, string>): void {
  const { mode } = statSync(path);
  if (process.platform === "win32" || (mode & 0o077) === 0) return;
  const secret = settingSpecs.find(([name, { kind }]) => kind === "secret" && values.has(name));
  if (secret === undefined) return;
  const [name] = secret;
  const message = `${path} holds ${name}, and others may read it: chmod 600, or name a file with ${fileVariant(name)}.`;
  throw new FieldsealError("SETTING_EXPOSED", message, { path });
}

/**
 * A settings file: YAML, one flat map, keys as in docs/settings.md. Every value is read as the text that stands there,
 * for an address without quotes is a number to YAML.
 * @throws SETTING_FILE, SETTING_UNKNOWN, SETTING_EXPOSED
 */
export function readSettingsFile(path: string): ReadonlyMap<string, string> {
  const text = readText(path);
  const lines = new LineCounter();
  const options = { schema: "failsafe", prettyErrors: false, lineCounter: lines } as const;
  const document = parseDocument(text, options);
  const [error] = document.errors;
  if (error !== undefined) {
    // Not the parser's own words: they quote the line, and a secret may stand in it.
    throw failed(path, `line ${lines.linePos(error.pos[0]).line} is no YAML (${error.code}).`);
  }
  if (document.contents === null) return new Map();
  const content: unknown = document.toJS({ maxAliasCount: 0 });
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw failed(path, "it is not a map of settings.");
  }
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(content)) {
    if (!fileKeys.has(key)) throw unknownSetting(key, path, fileKeys);
    values.set(key, textOf(path, key, value));
  }
  refuseExposed(path, values);
  return values;
}

/** @param where File that names it, if it is one */
export function unknownSetting(
  name: string,
  where: string | undefined,
  known: Iterable<string>,
): FieldsealError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  const place = where === undefined ? "" : `${where}: `;
  const message = `${place}${name} is no setting of Fieldseal.${hint}`;
  return new FieldsealError("SETTING_UNKNOWN", message, { setting: name });
}
