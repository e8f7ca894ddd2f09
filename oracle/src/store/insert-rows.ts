import { CompiledQuery, PostgresAdapter } from "kysely";
import type { Database, Schema } from "./schema.ts";

/** Columns of a bulk statement with their PostgreSQL types. */
export type BulkColumns = { readonly [column: string]: "bigint" | "bytea" | "text" };

/** Values in the order of the columns. */
export type BulkRow = readonly (number | string | Uint8Array | null)[];

/** Whether a connection speaks PostgreSQL. */
export function isPostgres(db: Database): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** Rows of one SQLite statement at most; a power of two. */
const largest = 256;

/** SQLite's statements by their text before the rows, and the number of rows. */
const statements = new Map<string, Map<number, string>>();

function withValues(head: string, width: number, rows: number, tail: string): string {
  const ofHead = statements.get(head) ?? new Map<number, string>();
  statements.set(head, ofHead);
  const known = ofHead.get(rows);
  if (known !== undefined) return known;
  const row = `(${Array<string>(width).fill("?").join()})`;
  const text = `${head} ${Array<string>(rows).fill(row).join()} ${tail}`;
  ofHead.set(rows, text);
  return text;
}

/**
 * Runs a statement over many rows of values on SQLite: in pieces of powers of two, so that few texts do for any number.
 * @param head What stands before `(?, ?), (?, ?)` @param tail What stands after
 */
export async function overValues<Row>(
  db: Database,
  { head, tail = "", width }: { head: string; tail?: string; width: number },
  rows: readonly BulkRow[],
): Promise<Row[]> {
  const found: Row[] = [];
  let size = largest;
  for (let from = 0; from < rows.length; from += size) {
    while (size > rows.length - from) size /= 2;
    const values = rows.slice(from, from + size).flat();
    const text = withValues(head, width, size, tail);
    const answer = await db.executeQuery<Row>(CompiledQuery.raw(text, values));
    for (const row of answer.rows) found.push(row);
  }
  return found;
}

/** `$1::bigint[], $2::bytea[]`, for unnest. */
export function unnested(columns: BulkColumns): string {
  const types = Object.values(columns);
  return `unnest(${types.map((type, at) => `$${at + 1}::${type}[]`).join()})`;
}

/** Rows turned into one array a column. */
export function byColumn(columns: BulkColumns, rows: readonly BulkRow[]): unknown[][] {
  return Object.keys(columns).map((_, at) => rows.map((row) => row[at]));
}

/** Inserts many rows: one statement on PostgreSQL, few on SQLite. */
export async function insertRows(
  db: Database,
  table: keyof Schema,
  columns: BulkColumns,
  rows: readonly BulkRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const names = Object.keys(columns);
  const into = `insert into ${table} (${names.join()})`;
  if (isPostgres(db)) {
    const text = `${into} select * from ${unnested(columns)}`;
    await db.executeQuery(CompiledQuery.raw(text, byColumn(columns, rows)));
  } else {
    await overValues(db, { head: `${into} values`, width: names.length }, rows);
  }
}
