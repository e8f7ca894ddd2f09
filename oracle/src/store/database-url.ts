import { FieldsealError } from "@fieldseal/sdk";

/** Where a PostgreSQL store is. */
export type DatabaseUrl = {
  /** For the driver, with the password. */
  readonly connection: string;
  /** Schema that holds the log's tables. */
  readonly schema: string;
  /** For people: without user and password. */
  readonly place: string;
};

/** Schema of a URL that names none. */
const defaultSchema = "fieldseal";

/** What every session asks of the server; a proxy that pools transactions would lose it. */
const session = [
  "synchronous_commit=on",
  // A process that is paused or cut off in the middle of a transaction must not hold up the others for long.
  "idle_in_transaction_session_timeout=10s",
  "tcp_user_timeout=10s",
  "tcp_keepalives_idle=5",
  "tcp_keepalives_interval=2",
  "tcp_keepalives_count=3",
].map((setting) => `-c ${setting}`);

/**
 * Reads `postgres://user:password@host:port/database?schema=name`; other parameters are the driver's (`sslmode`, …).
 * @throws DATABASE_URL, never repeating the password
 */
export function readDatabaseUrl(text: string): DatabaseUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new FieldsealError("DATABASE_URL", "The database's URL is no postgres:// URL.");
  }
  const schema = url.searchParams.get("schema") ?? defaultSchema;
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema) || schema.startsWith("pg_")) {
    throw new FieldsealError(
      "DATABASE_URL",
      "The schema in the database's URL is no plain name in lowercase letters, digits and _.",
    );
  }
  url.searchParams.delete("schema");
  const options = [url.searchParams.get("options") ?? "", `-c search_path=${schema}`, ...session];
  url.searchParams.set("options", options.join(" ").trim());
  const host = url.searchParams.get("host") ?? url.host;
  const place = `postgres://${host}${url.pathname}?schema=${schema}`;
  return { connection: url.href, schema, place };
}
