import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "./free-port.ts";
import { until } from "./until.ts";

export type Postgres = {
  /** The cluster's one database; `schema` keeps logs apart. */
  url(schema: string): string;
  /** Stops the server as an operator does; connections end. */
  halt(): Promise<void>;
  /** Ends the server and its workers at once, with nothing written back. */
  crash(): Promise<void>;
  /** Starts it again on the same port. */
  restart(): Promise<void>;
  query(text: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
};

const installed = "/usr/lib/postgresql";

/** Folder of the newest installed server's programs. */
function programs(): string {
  const versions = existsSync(installed) ? readdirSync(installed).sort((a, b) => +b - +a) : [];
  const [newest] = versions;
  if (newest === undefined) {
    throw new Error("PostgreSQL is not installed: install the Debian package postgresql.");
  }
  return join(installed, newest, "bin");
}

/** The server refuses to run as root: there it runs as the package's user. */
function serverUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(spawnSync("id", [flag, "postgres"]).stdout);
  return { uid: id("-u"), gid: id("-g") };
}

/**
 * Starts a PostgreSQL cluster of its own in a temporary folder, on a free port of 127.0.0.1.
 * @throws Error that names the Debian package if the program is not installed
 */
export async function startPostgres(settings: readonly string[] = []): Promise<Postgres> {
  const bin = programs();
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const options = ["-A", "trust", "-U", "tester", "-E", "UTF8", "--no-sync", "--locale", "C"];
  const made = spawnSync(join(bin, "initdb"), ["-D", data, ...options], { ...user, cwd: folder });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const base = `postgres://tester@127.0.0.1:${port}/postgres`;
  const query = async (text: string) => {
    const client = new pg.Client({ connectionString: base });
    await client.connect();
    try {
      const answer: pg.QueryResult<Record<string, unknown>> = await client.query(text);
      return answer.rows;
    } finally {
      await client.end();
    }
  };
  const run = async (): Promise<ChildProcess> => {
    const flags = [
      "-D",
      data,
      "-p",
      String(port),
      "-k",
      folder,
      "-c",
      "listen_addresses=127.0.0.1",
    ];
    const extra = settings.flatMap((setting) => ["-c", setting]);
    const child = spawn(join(bin, "postgres"), [...flags, ...extra], {
      ...user,
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let output = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    await until("PostgreSQL", async () => {
      if (child.exitCode !== null) throw new Error(`postgres ended: ${output}`);
      return query("select 1").then(
        () => true,
        () => false,
      );
    });
    return child;
  };
  let child = await run();
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(signal);
    await exit;
  };
  return {
    url: (schema) => `${base}?schema=${schema}`,
    halt: () => end("SIGINT"),
    // SIGQUIT ends all processes at once without a checkpoint: what is not in the log is lost.
    crash: () => end("SIGQUIT"),
    async restart() {
      child = await run();
    },
    query,
    async stop() {
      await end("SIGQUIT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
