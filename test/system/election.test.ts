import { expect } from "chai";
import { pino } from "pino";
import { createPostgresElection } from "../../oracle/src/election/postgres-election.ts";
import { soleProcess } from "../../oracle/src/election/sole-process.ts";
import { newestLeader } from "../../oracle/src/election/terms.ts";
import type { Election, Leadership } from "../../oracle/src/election/types.ts";
import { openStore, type Store } from "../../oracle/src/store/open-store.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { temporaryFolder, testCommon } from "../support/service.ts";
import { until } from "../support/until.ts";

const log = pino({ level: "silent" });

/** Written by whoever leads. */
const note = (store: Store, value: string) =>
  store.write((db) =>
    db
      .insertInto("meta")
      .values({ key: `note ${value}`, value })
      .execute(),
  );

/** Code of the error with which something fails. */
const codeOf = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );

const held = (election: Election): Leadership => {
  const leadership = election.held();
  if (leadership === undefined) throw new Error("it does not lead");
  return leadership;
};

describe("the election of a leader on PostgreSQL", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const ends: (() => Promise<void>)[] = [];
  let postgres: Postgres;
  let count = 0;
  let schema: string;
  let store: Store;

  const open = async () => {
    const opened = await openStore({ path: folder.path, url: postgres.url(schema), log });
    ends.push(() => opened.close());
    return opened;
  };
  const stand = (worker: string, own: Store = store, silenceMs = 5000) => {
    const url = postgres.url(schema);
    const election = createPostgresElection({
      common: testCommon(),
      store: own,
      url,
      worker,
      silenceMs,
    });
    ends.push(() => election.stop());
    return election;
  };
  const notes = async () => {
    const rows = await store.read.selectFrom("meta").select("value").execute();
    return rows.map(({ value }) => value).sort();
  };

  before(async () => {
    postgres = await startPostgres();
  });
  beforeEach(async () => {
    schema = `election_${count++}`;
    store = await open();
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  after(async () => {
    await postgres?.stop();
    folder.remove();
  });

  it("elects one of several, and another when that one goes, in a higher term", async () => {
    const [first, second] = [stand("a"), stand("b")];
    await first.step();
    await second.step();
    expect(held(first).term).to.equal(1);
    expect(second.held()).to.equal(undefined);
    expect(await newestLeader(store)).to.deep.equal({ term: 1, holder: "a" });
    const { signal } = held(first);
    await first.stop();
    expect(signal.aborted).to.equal(true);
    await until("electing the other", async () => {
      await second.step();
      return second.held() !== undefined;
    });
    expect(held(second).term).to.equal(2);
    expect(await newestLeader(store)).to.deep.equal({ term: 2, holder: "b" });
  });

  it("keeps the leaders of two logs of one database apart", async () => {
    const first = stand("a");
    await first.step();
    schema = `${schema}_other`;
    const other = stand("a", await open());
    await other.step();
    expect(held(first).term).to.equal(1);
    expect(held(other).term).to.equal(1);
  });

  it("refuses a second process of one name", async () => {
    await stand("a").step();
    expect(await codeOf(stand("a").step())).to.equal("WORKER_NAME_TAKEN");
    await stand("b").step();
  });

  it("lets a leader write until its session is ended, and nothing after another is elected", async () => {
    const [first, second] = [stand("a"), stand("b")];
    await first.step();
    await second.step();
    const before = held(first);
    await note(before.store, "one");
    await postgres.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'fieldseal a'`,
    );
    await until("noticing the end", () => before.signal.aborted);
    // Nobody else was elected: what it began may end.
    await note(before.store, "two");
    await second.step();
    expect(await codeOf(note(before.store, "three"))).to.equal("LEADERSHIP_LOST");
    await note(held(second).store, "four");
    expect(await notes()).to.deep.equal(["four", "one", "two"]);
  });

  it("ends the leadership of a process that is silent, though it never learns of it", async () => {
    const silenceMs = 1000;
    const [first, second] = [stand("a", store, silenceMs), stand("b")];
    await first.step();
    const before = held(first);
    // Its own steps have stopped, as those of a process that is paused.
    await until("electing the other", async () => {
      await second.step();
      return second.held() !== undefined;
    });
    expect(await codeOf(note(before.store, "late"))).to.equal("LEADERSHIP_LOST");
    expect(before.signal.aborted).to.equal(true);
    expect(await notes()).to.deep.equal([]);
  });

  it("waits for a transaction of the term before, which then counts", async () => {
    const [first, second] = [stand("a"), stand("b")];
    await first.step();
    const entered = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const writing = held(first).store.write(async (db) => {
      entered.resolve();
      await go.promise;
      await db.insertInto("meta").values({ key: "note", value: "in time" }).execute();
    });
    await entered.promise;
    await first.stop();
    let isElected = false;
    const electing = until("trying", async () => {
      await second.step();
      isElected = second.held() !== undefined;
      return isElected;
    });
    const waits = `select 1 from pg_stat_activity where query like 'update leaders%' and wait_event_type = 'Lock'`;
    await until(
      "waiting for the transaction",
      async () => (await postgres.query(waits)).length > 0,
    );
    expect(isElected).to.equal(false);
    go.resolve();
    await writing;
    await electing;
    expect(await notes()).to.deep.equal(["in time"]);
  });

  it("does not wait for a transaction whose process hangs: the server undoes it", async () => {
    const [first, second] = [stand("a"), stand("b")];
    await first.step();
    const go = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const hanging = held(first)
      .store.write(async (db) => {
        await db.insertInto("meta").values({ key: "note", value: "never" }).execute();
        entered.resolve();
        await go.promise;
        await db.insertInto("meta").values({ key: "note 2", value: "never" }).execute();
      })
      .then(
        () => "written",
        () => "failed",
      );
    await entered.promise;
    await first.stop();
    const codes = new Set<string | undefined>();
    const isElected = async () => {
      codes.add(await codeOf(second.step()));
      return second.held() !== undefined;
    };
    await until("electing the other", isElected, 60_000);
    // What it tried in vain has ended at the server too, and does not hold its name.
    expect(codes).not.to.include("WORKER_NAME_TAKEN");
    expect(held(second).term).to.equal(2);
    go.resolve();
    expect(await hanging).to.equal("failed");
    expect(await notes()).to.deep.equal([]);
  });

  it("refuses to write past the term: single statements of a leader's read only", async () => {
    const election = stand("a");
    await election.step();
    const values = { key: "note", value: "past" };
    const writing = held(election).store.db.insertInto("meta").values(values).execute();
    const refused = await writing.catch((error: unknown) => String(error));
    expect(refused).to.match(/read-only/);
  });

  it("elects anew after the database is back, and only then", async () => {
    const election = stand("a");
    await election.step();
    const { signal } = held(election);
    await postgres.crash();
    await until("noticing", () => signal.aborted);
    expect(await codeOf(election.step())).to.equal("DATABASE_UNREACHABLE");
    expect(election.trouble()).to.match(/does not answer/);
    await postgres.restart();
    await until("electing", async () => {
      await election.step().catch(() => {});
      return election.held() !== undefined;
    });
    expect(held(election).term).to.equal(2);
    expect(election.trouble()).to.equal(undefined);
  });

  it("leaves nothing behind that stands in others' way when it is stopped while it begins", async () => {
    const first = stand("a");
    const beginning = first.step();
    await first.stop();
    await beginning;
    expect(first.held()).to.equal(undefined);
    const others = `select 1 from pg_stat_activity where application_name = 'fieldseal a'`;
    await until(
      "ending its session",
      async () => (await postgres.query(others)).length === 0,
      2000,
    );
    expect((await newestLeader(store)).term).to.equal(0);
  });

  it("makes the one process of a folder its leader, in a higher term at each start", async () => {
    const own = temporaryFolder();
    try {
      for (const term of [1, 2]) {
        const sqlite = await openStore({ path: own.path, log });
        const election = await soleProcess(sqlite, "oracle", 0);
        expect(held(election).term).to.equal(term);
        await note(held(election).store, `term ${term}`);
        const values = { key: "note", value: "past" };
        const past = held(election).store.db.insertInto("meta").values(values).execute();
        expect(await past.catch((error: unknown) => String(error))).to.match(/readonly/);
        await election.stop();
        expect(election.held()).to.equal(undefined);
        await sqlite.close();
      }
    } finally {
      own.remove();
    }
  });
});
