import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";

function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function writeDurably(path: string, flags: string, content: string | Uint8Array, mode: number) {
  const file = openSync(path, flags, mode);
  try {
    writeSync(file, typeof content === "string" ? Buffer.from(content) : content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function explain(error: unknown, path: string): FieldsealError {
  return errnoOf(error) === "EEXIST"
    ? new FieldsealError("FILE_EXISTS", `${path} exists already and is not overwritten.`)
    : new FieldsealError("FILE_UNWRITABLE", `${path} cannot be written (${errnoOf(error)}).`);
}

/**
 * Creates a file, durable on return.
 * @throws FILE_EXISTS if it exists, FILE_UNWRITABLE if it cannot be written
 */
export function createFile(path: string, content: string | Uint8Array, mode = 0o644): void {
  try {
    writeDurably(path, "wx", content, mode);
    syncFolder(path);
  } catch (error) {
    throw explain(error, path);
  }
}

/**
 * Puts a file in the place of another in one step, durable on return: a crash leaves the old one or the new one.
 * @throws FILE_UNWRITABLE if it cannot be written
 */
export function replaceFile(path: string, content: string | Uint8Array, mode = 0o644): void {
  const next = `${path}.new`;
  try {
    writeDurably(next, "w", content, mode);
    renameSync(next, path);
    syncFolder(path);
  } catch (error) {
    throw explain(error, path);
  }
}
