import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import { expect } from "chai";
import { sql } from "kysely";
import type { ChainIdentity } from "../../../oracle/src/chain/types.ts";
import { bindStore } from "../../../oracle/src/store/bind-store.ts";
import { openTestStore, removeFolders, tempFolder } from "../ingest/fixture.ts";

const identity: ChainIdentity = {
  chainId: 31337n,
  genesisHash: `0x${"01".repeat(32)}`,
  registry: "0x00000000000000000000000000000000000000aa",
  grants: "0x00000000000000000000000000000000000000cc",
  log: "0x00000000000000000000000000000000000000bb",
  logId: 1n,
};

async function failure(work: Promise<unknown>): Promise<{ code?: string; message?: string }> {
  return work.then(
    () => ({}),
    (error: { code?: string; message?: string }) => error,
  );
}

describe("store", () => {
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

  it("belongs to the first log it was bound to, and says what differs for another", async () => {
    const store = await openTestStore(tempFolder());
    await bindStore(store, identity);
    await bindStore(store, identity);
    const other = { ...identity, chainId: 1n, logId: 2n };
    const error = await failure(bindStore(store, other));
    expect(error.code).to.equal("DATA_CHAIN_MISMATCH");
    expect(error.message).to.match(/chain id 31337, not 1; log id 1, not 2/);
    expect(error.message).not.to.match(/ReadingLog/);
    await store.close();
  });

  it("rolls a failed transaction back and lets others write between none of its slices", async () => {
    const store = await openTestStore(tempFolder());
    const insert = (value: string) =>
      store.db.insertInto("meta").values({ key: "k", value }).execute();
    const failing = store.write(async (db) => {
      await db.insertInto("meta").values({ key: "k", value: "lost" }).execute();
      await new Promise((next) => setImmediate(next));
      throw new Error("crashed");
    });
    const [outcome] = await Promise.allSettled([failing, insert("after")]);
    expect(outcome.status).to.equal("rejected");
    const rows = await store.read.selectFrom("meta").select("value").execute();
    expect(rows).to.eql([{ value: "after" }]);
    await store.close();
  });

  it("gives readers what is committed while a write is under way", async () => {
    const store = await openTestStore(tempFolder());
    let seen: unknown[] = ["not read"];
    await store.write(async (db) => {
      await db.insertInto("meta").values({ key: "k", value: "v" }).execute();
      seen = await store.read.selectFrom("meta").selectAll().execute();
    });
    expect(seen).to.eql([]);
    expect(await store.read.selectFrom("meta").selectAll().execute()).to.have.length(1);
    await store.close();
  });
});
