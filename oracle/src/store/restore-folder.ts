import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import Sqlite from "better-sqlite3";
import { sync } from "./backup-folder.ts";
import { checkBackup, damaged } from "./check-backup.ts";
import { lockFolder } from "./folder-lock.ts";
import { databaseFile } from "./sqlite-store.ts";

/** What SQLite keeps beside a database while it is open, and finds there after its process was killed. */
const companions = ["-wal", "-journal", "-shm"] as const;

/** Refuses a database that was in use: what was committed last is in the file beside it. */
function refuseHalf(file: string): void {
  for (const companion of companions.slice(0, 2)) {
    const beside = statSync(`${file}${companion}`, { throwIfNoEntry: false });
    if (beside === undefined || beside.size === 0) continue;
    throw damaged(file, `a part of it is in ${basename(file)}${companion}; let "backup" copy it`);
  }
}

/** Refuses a folder that holds a store, or the rest of one: SQLite would write that into what is restored. */
function refuseStore(folder: string): void {
  for (const suffix of ["", ...companions]) {
    const name = `${databaseFile}${suffix}`;
    if (!existsSync(join(folder, name))) continue;
    throw new FieldsealError("DATA_EXISTS", `${folder} holds ${name} of a store already.`, {
      folder,
    });
  }
}

function removePart(part: string): void {
  for (const suffix of ["", ...companions]) rmSync(`${part}${suffix}`, { force: true });
}

/**
 * Puts a backup into a data folder that holds no store. The restored store may adopt checkpoints that were sealed after
 * the backup was made.
 * @returns how many messages it holds
 * @throws DATA_EXISTS, DATA_IN_USE, BACKUP_DAMAGED, FILE_UNREADABLE
 */
export function restoreFolder(file: string, folder: string, nowMs: number): number {
  if (!existsSync(file)) throw new FieldsealError("FILE_UNREADABLE", `${file} is not there.`);
  refuseHalf(file);
  mkdirSync(folder, { recursive: true });
  const lock = lockFolder(folder);
  const target = join(folder, databaseFile);
  const part = `${target}.part`;
  try {
    refuseStore(folder);
    removePart(part);
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
    removePart(part);
    lock.release();
  }
}
