import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import { expect } from "chai";
import { sql } from "kysely";
import { openTestStore } from "../../support/test-store.ts";
import { removeFolders, tempFolder } from "../ingest/fixture.ts";

async function failure(work: Promise<unknown>): Promise<{ code?: string; message?: string }> {
  return work.then(
    () => ({}),
    (error: { code?: string; message?: string }) => error,
  );
}

describe("store in a data folder", () => {
  afterEach(removeFolders);

  it("syncs every commit to disk in WAL mode", async () => {
    const store = await openTestStore(tempFolder());
    const journal = await sql`pragma journal_mode`.execute(store.db);
    const synchronous = await sql`pragma synchronous`.execute(store.db);
    expect(journal.rows).to.eql([{ journal_mode: "wal" }]);
    expect(synchronous.rows).to.eql([{ synchronous: 2 }]);
    await store.close();
  });

  it("refuses a folder that is open already and takes it once it is closed", async () => {
    const path = tempFolder();
    const store = await openTestStore(path);
    expect(await failure(openTestStore(path))).to.include({ code: "DATA_IN_USE" });
    await store.close();
    await (await openTestStore(path)).close();
  });

  it("is held against another process, and free again once that one was killed with −9", async () => {
    const path = tempFolder();
    const holder = fileURLToPath(new URL("hold-store.ts", import.meta.url));
    const child = spawn(process.execPath, [holder, path], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    expect(await failure(openTestStore(path))).to.include({ code: "DATA_IN_USE" });
    child.kill("SIGKILL");
    await once(child, "exit");
    const store = await openTestStore(path);
    const rows = await store.read.selectFrom("meta").selectAll().execute();
    expect(rows).to.eql([{ key: "held", value: "yes" }]);
    await store.close();
  });

  it("refuses a folder that a newer release wrote", async () => {
    const path = tempFolder();
    await (await openTestStore(path)).close();
    const raw = new Sqlite(`${path}/store.db`);
    raw.exec("insert into kysely_migration values ('999-later', '2100-01-01')");
    raw.close();
    expect(await failure(openTestStore(path))).to.include({ code: "DATA_SCHEMA" });
  });
});
