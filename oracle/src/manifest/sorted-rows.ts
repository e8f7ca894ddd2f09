import { FieldsealError } from "@fieldseal/sdk";
import Sqlite from "better-sqlite3";
import type { ManifestRow } from "./read-rows.ts";

type StoredRow = { leaf: Buffer; line: number };

const rowsACommit = 50_000;

/** Devices on disk, however many, to be read in the order of their serial hashes. */
export type SortedRows = {
  readonly count: number;
  /** Leaves by serial hash. @throws MANIFEST_DUPLICATE */
  leaves(): Generator<Buffer>;
  close(): void;
};

function duplicate(what: string, first: StoredRow, second: StoredRow): FieldsealError {
  const lines = [first.line, second.line].sort((a, b) => a - b);
  const message = `Lines ${lines.join(" and ")} have the same ${what}.`;
  return new FieldsealError("MANIFEST_DUPLICATE", message, { lines });
}

/**
 * Sorts rows through a file of SQLite, which sorts on disk what does not fit its cache.
 * @param path file to use; whoever calls removes it
 * @throws MANIFEST_DUPLICATE when two devices have one key, and whatever `rows` throws
 */
export async function sortRows(
  rows: AsyncIterable<ManifestRow>,
  path: string,
): Promise<SortedRows> {
  const database = new Sqlite(path);
  try {
    for (const setting of ["journal_mode = OFF", "synchronous = OFF", "cache_size = -32768"]) {
      database.pragma(setting);
    }
    database.pragma("temp_store = FILE");
    database.exec("CREATE TABLE devices (line INTEGER PRIMARY KEY, leaf BLOB NOT NULL)");
    const insert = database.prepare("INSERT INTO devices (line, leaf) VALUES (?, ?)");
    let count = 0;
    database.exec("BEGIN");
    for await (const { leaf, line } of rows) {
      insert.run(line, leaf);
      if (++count % rowsACommit === 0) database.exec("COMMIT; BEGIN");
    }
    database.exec("COMMIT");
    refuseSharedKeys(database);
    return {
      count,
      leaves: () => leavesOf(database),
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function refuseSharedKeys(database: Sqlite.Database): void {
  const query = "SELECT line, substr(leaf, 33) AS leaf FROM devices ORDER BY 2";
  let last: StoredRow | undefined;
  for (const row of database.prepare<[], StoredRow>(query).iterate()) {
    if (last?.leaf.equals(row.leaf)) throw duplicate("key", last, row);
    last = row;
  }
}

function* leavesOf(database: Sqlite.Database): Generator<Buffer> {
  let last: StoredRow | undefined;
  const query = "SELECT line, leaf FROM devices ORDER BY leaf";
  for (const row of database.prepare<[], StoredRow>(query).iterate()) {
    if (last?.leaf.subarray(0, 32).equals(row.leaf.subarray(0, 32))) {
      throw duplicate("serial number", last, row);
    }
    last = row;
    yield row.leaf;
  }
}
