import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import Sqlite from "better-sqlite3";
import { checkBackup } from "./check-backup.ts";
import { databaseFile } from "./sqlite-store.ts";

/** What a backup holds. */
export type Backup = { readonly bytes: number; readonly messages: number };

/**
 * Copies the store of a data folder into one file, as of one moment, while the service may go on writing. The copy is
 * complete and checked under its name, or not there.
 * @throws DATA_MISSING, FILE_EXISTS, BACKUP_DAMAGED if the store itself is damaged
 */
export function backupFolder(folder: string, file: string): Backup {
  const source = join(folder, databaseFile);
  if (!existsSync(source)) {
    throw new FieldsealError("DATA_MISSING", `${folder} holds no store.`, { folder });
  }
  if (existsSync(file)) throw new FieldsealError("FILE_EXISTS", `${file} exists.`, { file });
  const part = `${file}.part`;
  rmSync(part, { force: true });
  try {
    const sqlite = new Sqlite(source, { readonly: true, timeout: 60_000 });
    try {
      sqlite.prepare("vacuum into ?").run(part);
    } finally {
      sqlite.close();
    }
    const messages = checkBackup(part);
    sync(part);
    linkSync(part, file);
    sync(dirname(file));
    return { bytes: statSync(file).size, messages };
  } finally {
    rmSync(part, { force: true });
  }
}

/** Brings a file or a folder's entries to the disk. */
export function sync(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
