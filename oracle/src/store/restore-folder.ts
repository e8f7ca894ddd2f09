import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import Sqlite from "better-sqlite3";
import { sync } from "./backup-folder.ts";
import { checkBackup } from "./check-backup.ts";
import { lockFolder } from "./folder-lock.ts";
import { databaseFile } from "./sqlite-store.ts";

/**
 * Puts a backup into a data folder that holds no store. The restored store may adopt checkpoints that were sealed after
 * the backup was made.
 * @returns how many messages it holds
 * @throws DATA_EXISTS, DATA_IN_USE, BACKUP_DAMAGED, FILE_UNREADABLE
 */
export function restoreFolder(file: string, folder: string, nowMs: number): number {
  if (!existsSync(file)) throw new FieldsealError("FILE_UNREADABLE", `${file} is not there.`);
  mkdirSync(folder, { recursive: true });
  const lock = lockFolder(folder);
  const target = join(folder, databaseFile);
  const part = `${target}.part`;
  try {
    if (existsSync(target)) {
      throw new FieldsealError("DATA_EXISTS", `${folder} holds a store already.`, { folder });
    }
    copyFileSync(file, part);
    const messages = checkBackup(part);
    const sqlite = new Sqlite(part);
    try {
      sqlite.pragma("synchronous = FULL");
      sqlite
        .prepare("insert or replace into meta (key, value) values ('adopt', ?)")
        .run(String(nowMs));
    } finally {
      sqlite.close();
    }
    sync(part);
    renameSync(part, target);
    sync(folder);
    return messages;
  } finally {
    rmSync(part, { force: true });
    lock.release();
  }
}
