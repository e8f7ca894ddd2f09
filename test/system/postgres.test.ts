import { expect } from "chai";
import { pino } from "pino";
import { buildCheckpoint } from "../../oracle/src/seal/build-checkpoint.ts";
import { messageByIdentity, messagesOfCheckpoint } from "../../oracle/src/store/messages.ts";
import { openStore, type Store } from "../../oracle/src/store/open-store.ts";
import {
  enrol,
  ingestFixture,
  removeFolders,
  signed,
  tempFolder,
} from "../oracle/ingest/fixture.ts";
import { factsOf, follow, storeMessages } from "../oracle/seal/fixture.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { until } from "../support/until.ts";

const log = pino({ level: "silent" });

async function failure(work: Promise<unknown>): Promise<{ code?: string; message?: string }> {
  return work.then(
    () => ({}),
    (error: { code?: string; message?: string }) => error,
  );
}

describe("store on PostgreSQL", function () {
  this.timeout(120_000);
  let postgres: Postgres;
  let schemas = 0;
  before(async () => {
    // What an operator may have chosen for the server must not weaken what the service promises.
    postgres = await startPostgres(["synchronous_commit=off"]);
    const url = new URL(postgres.url("unused"));
    url.search = "";
    process.env.TEST_DATABASE = url.href;
  });
  after(async () => {
    delete process.env.TEST_DATABASE;
    removeFolders();
    await postgres?.stop();
  });

  const url = () => postgres.url(`log${++schemas}`);
  const open = (database: string): Promise<Store> =>
    openStore({ path: tempFolder(), url: database, log });
  const indexesOf = async (store: Store) => {
    const names = (await store.db.introspection.getTables())
      .filter(({ schema }) => store.engine === "sqlite" || schema === "log1")
      .flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`));
    return names.filter((name) => !name.includes("kysely")).sort();
  };

  it("has the tables, columns and indexes that SQLite has", async () => {
    const other = await open(url());
    const sqlite = await openStore({ path: tempFolder(), log });
    expect(await indexesOf(other)).to.eql(await indexesOf(sqlite));
    const names = await sqlite.db
      .selectFrom("sqlite_master" as never)
      .select("name" as never)
      .where("type" as never, "=", "index" as never)
      .execute();
    const wanted = names.map((row) => String(row.name));
    const found = await postgres.query(
      "select indexname as name from pg_indexes where schemaname = 'log1'",
    );
    const there = new Set(found.map(({ name }) => name));
    const own = wanted.filter((name) => !name.startsWith("sqlite_"));
    expect(own).not.to.eql([]);
    expect(own.filter((name) => !there.has(name))).to.eql([]);
    await Promise.all([other.close(), sqlite.close()]);
  });

  it("keeps logs in schemas of their own", async () => {
    const stores = [await open(url()), await open(url())] as const;
    await storeMessages(stores[0], [factsOf(1)]);
    expect(await messageByIdentity(stores[0], factsOf(1))).not.to.equal(undefined);
    expect(await messageByIdentity(stores[1], factsOf(1))).to.equal(undefined);
    await Promise.all(stores.map((store) => store.close()));
  });

  it("commits synchronously whatever the server's default is, and refuses a server that does not sync", async () => {
    const unsafe = await startPostgres(["fsync=off"]);
    const error = await failure(open(unsafe.url("a")));
    await unsafe.stop();
    expect(error).to.include({ code: "DATABASE_UNSAFE" });
    expect(error.message).to.match(/fsync off/);
    await (await open(url())).close();
  });

  it("says what is wrong with a URL without repeating its password", async () => {
    for (const [database, code] of [
      ["mysql://u:hunter2@127.0.0.1/x", "DATABASE_URL"],
      ["hunter2", "DATABASE_URL"],
      [`${postgres.url("a")}; drop`, "DATABASE_URL"],
      [postgres.url("pg_catalog"), "DATABASE_URL"],
      ["postgres://u:hunter2@127.0.0.1:1/x", "DATABASE_UNREACHABLE"],
    ] as const) {
      const error = await failure(open(database));
      expect(error).to.include({ code });
      expect(error.message).not.to.match(/hunter2/);
    }
  });

  it("stores a message once that two workers get at the same time, and tells each device the truth", async () => {
    const path = tempFolder();
    const workers = [await ingestFixture({}, path), await ingestFixture({}, path)] as const;
    const device = await enrol(workers[0].store);
    for (const worker of workers) await worker.follow();
    for (let round = 0; round < 5; round++) {
      const messages = await Promise.all(
        Array.from({ length: 20 }, (_, at) => signed(device, BigInt(100 * round + at))),
      );
      const given = [messages, [...messages].reverse()] as const;
      const outcomes = await Promise.all(
        workers.flatMap((worker, at) =>
          (given[at] ?? []).map((bytes) =>
            worker.ingest.submit({ bytes, source: "mqtt", client: "c" }),
          ),
        ),
      );
      const kinds = outcomes.map(({ kind }) => kind).sort();
      expect(kinds).to.eql([
        ...Array<string>(20).fill("duplicate"),
        ...Array<string>(20).fill("stored"),
      ]);
    }
    const { store } = workers[0];
    for (const table of ["messages", "unsealed", "message_bodies"] as const) {
      expect(await store.read.selectFrom(table).selectAll().execute()).to.have.length(100);
    }
    for (const worker of workers) await worker.close();
  });

  it("runs a transaction again that met another one, and not for ever", async () => {
    const database = url();
    const [first, second] = [await open(database), await open(database)];
    let runs = 0;
    const key = "met";
    await second.write(async (db) => {
      runs++;
      const known = await db.selectFrom("meta").select("value").where("key", "=", key).execute();
      if (known.length > 0) return;
      await first.db.insertInto("meta").values({ key, value: "first" }).execute();
      await db.insertInto("meta").values({ key, value: "second" }).execute();
    });
    expect(runs).to.equal(2);
    runs = 0;
    const hopeless = second.write(async (db) => {
      runs++;
      await db.insertInto("meta").values({ key, value: "third" }).execute();
    });
    expect(await failure(hopeless)).to.include({ code: "23505" });
    expect(runs).to.equal(20);
    await Promise.all([first.close(), second.close()]);
  });

  it("lets the follower in although commits overlap without end", async () => {
    const database = url();
    const [first, second] = [await open(database), await open(database)];
    let done = false;
    let number = 0;
    const flood = async (store: Store) => {
      while (!done) {
        const next = factsOf(number++);
        await store.write(async (db) => {
          await db.selectFrom("meta").selectAll().execute();
          await new Promise((resolve) => setTimeout(resolve, 20));
          return next;
        }, "judging");
      }
    };
    const floods = [flood(first), flood(second), flood(first), flood(second)];
    for (let block = 1; block <= 5; block++) {
      await second.write(async (db) => {
        await db.deleteFrom("followed").execute();
        await db
          .insertInto("followed")
          .values({ number: block, hash: "0x00", time_s: 0 })
          .execute();
      }, "following");
    }
    done = true;
    await Promise.all(floods);
    expect(number).to.be.greaterThan(4);
    await Promise.all([first.close(), second.close()]);
  });

  it("holds the followed block still while a commit judges by it", async () => {
    const database = url();
    const [worker, follower] = [await open(database), await open(database)];
    await follow(worker, 10);
    const seen: number[] = [];
    let moved: Promise<void> = Promise.resolve();
    const look = async (db: Store["read"]) =>
      (await db.selectFrom("followed").select("number").execute()).map((row) => row.number);
    await worker.write(async (db) => {
      seen.push(...(await look(db)));
      moved = follower.write(async (other) => {
        await other.updateTable("followed").set({ number: 11 }).execute();
      }, "following");
      await new Promise((resolve) => setTimeout(resolve, 200));
      seen.push(...(await look(db)));
    }, "judging");
    await moved;
    expect(seen).to.eql([10, 10]);
    expect(await look(worker.read)).to.eql([11]);
    await Promise.all([worker.close(), follower.close()]);
  });

  it("builds one checkpoint of an index when two sealers try, with every message once", async () => {
    const database = url();
    const sealers = [await open(database), await open(database)] as const;
    await follow(sealers[0], 20);
    await storeMessages(
      sealers[0],
      Array.from({ length: 600 }, (_, number) => factsOf(number)),
    );
    const build = (store: Store) =>
      buildCheckpoint({
        store,
        index: 0,
        previous: new Uint8Array(32),
        epoch: 0,
        limit: 1000,
        nowMs: 0,
        sign: async () => new Uint8Array(65),
      });
    const built = await Promise.all(sealers.map(build));
    expect(built.sort()).to.eql([false, true]);
    const seen = new Set<bigint>();
    for await (const { sequence } of messagesOfCheckpoint(sealers[1], 0)) seen.add(sequence);
    expect(seen.size).to.equal(600);
    expect(await sealers[0].read.selectFrom("unsealed").selectAll().execute()).to.eql([]);
    await Promise.all(sealers.map((store) => store.close()));
  });

  it("acknowledges nothing while the server is away, loses nothing that it had acknowledged, and goes on by itself", async () => {
    const path = tempFolder();
    const fixture = await ingestFixture({}, path);
    const device = await enrol(fixture.store);
    await fixture.follow();
    const submit = async (sequence: bigint) =>
      fixture.ingest.submit({
        bytes: await signed(device, sequence),
        source: "mqtt",
        client: "c",
      });
    const acknowledged: bigint[] = [];
    for (let round = 0; round < 3; round++) {
      const first = BigInt(1000 * round);
      const crash = postgres.crash();
      for (let at = 0n; at < 20n; at++) {
        const outcome = await submit(first + at);
        if (outcome.kind === "stored") acknowledged.push(first + at);
        else expect(outcome).to.include({ kind: "refused", code: "STORE_FAILED" });
      }
      await crash;
      expect(await submit(first + 500n)).to.include({ code: "STORE_FAILED" });
      await postgres.restart();
      await until("storing again", async () => (await submit(first + 501n)).kind !== "refused");
      acknowledged.push(first + 501n);
    }
    const rows = await fixture.store.read.selectFrom("messages").select("sequence").execute();
    const stored = new Set(rows.map(({ sequence }) => Buffer.from(sequence).readBigUInt64BE()));
    expect(acknowledged.filter((sequence) => !stored.has(sequence))).to.eql([]);
    await fixture.close();
  });
});
