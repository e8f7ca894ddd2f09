import { FieldsealError } from "@fieldseal/sdk";
import Sqlite from "better-sqlite3";

/**
 * Reads a whole backup and makes sure that it is the store that it was.
 * @returns how many messages it holds
 * @throws BACKUP_DAMAGED
 */
export function checkBackup(file: string): number {
  try {
    const sqlite = new Sqlite(file, { readonly: true, fileMustExist: true });
    try {
      const found = sqlite.pragma("integrity_check(1)", { simple: true });
      if (found !== "ok") throw damaged(file, String(found));
      const isStore = sqlite
        .prepare<[], number>("select count(*) from kysely_migration where name = '001-first'")
        .pluck()
        .get();
      if (isStore !== 1) throw damaged(file, "it is another program's database");
      return sqlite.prepare<[], number>("select count(*) from messages").pluck().get() ?? 0;
    } finally {
      sqlite.close();
    }
  } catch (error) {
    if (error instanceof Sqlite.SqliteError) throw damaged(file, error.message);
    throw error;
  }
}

/** The error that names what is wrong with a backup. */
export function damaged(file: string, reason: string): FieldsealError {
  return new FieldsealError("BACKUP_DAMAGED", `${file} is no sound backup: ${reason}.`, { file });
}
