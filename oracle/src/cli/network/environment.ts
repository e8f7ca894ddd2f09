import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import type { CliIo } from "../io.ts";

/** The environment, and behind it what `.env` in the current folder adds. */
export function environmentOf(io: CliIo): Readonly<Record<string, string | undefined>> {
  const file = join(io.cwd, ".env");
  return existsSync(file) ? { ...parse(readFileSync(file)), ...io.env } : io.env;
}
