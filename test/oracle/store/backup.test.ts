import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { mayAdopt } from "../../../oracle/src/store/adoption.ts";
import { messageByIdentity } from "../../../oracle/src/store/messages.ts";
import { openTestStore } from "../../support/test-store.ts";
import { runCliHere } from "../cli/fixture.ts";
import { removeFolders, tempFolder } from "../ingest/fixture.ts";
import { factsOf, storeMessages } from "../seal/fixture.ts";

const run = async (cwd: string, args: readonly string[], env: Record<string, string> = {}) => {
  const { out, code } = await runCliHere([...args, "--json"], cwd, env);
  return { code, ...(JSON.parse(out) as Record<string, unknown>) };
};

describe("fieldseal backup, restore and adopt", () => {
  let folder: string;
  beforeEach(() => {
    folder = tempFolder();
  });
  afterEach(removeFolders);
  const data = () => join(folder, "data");

  it("copies the store of a running service as of one moment, and restores it into an empty folder", async () => {
    const store = await openTestStore(data());
    await storeMessages(store, [factsOf(1), factsOf(2)]);
    writeFileSync(join(folder, "copy.db.part"), "of one that was killed");
    const backup = await run(folder, ["backup", "copy.db"]);
    expect(backup).to.include({ code: 0, messages: 2 });
    await storeMessages(store, [factsOf(3)]);
    await store.close();
    const restored = await run(folder, ["restore", "copy.db", "--data-folder", "other"]);
    expect(restored).to.include({ code: 0, messages: 2 });
    const other = await openTestStore(join(folder, "other"));
    expect(await messageByIdentity(other, factsOf(2))).not.to.equal(undefined);
    expect(await messageByIdentity(other, factsOf(3))).to.equal(undefined);
    expect(await mayAdopt(other)).to.equal(true);
    await other.close();
  });

  it("copies the store of a stopped service too", async () => {
    const store = await openTestStore(data());
    await storeMessages(store, [factsOf(1)]);
    await store.close();
    expect(await run(folder, ["backup", "copy.db"])).to.include({ code: 0, messages: 1 });
  });

  it("never restores over a store, nor while a service works on the folder", async () => {
    const store = await openTestStore(data());
    await run(folder, ["backup", "copy.db"]);
    expect(await run(folder, ["restore", "copy.db"])).to.include({ code: "DATA_IN_USE" });
    await store.close();
    expect(await run(folder, ["restore", "copy.db"])).to.include({ code: "DATA_EXISTS" });
  });

  it("writes over no file, and says when there is no store", async () => {
    expect(await run(folder, ["backup", "copy.db"])).to.include({ code: "DATA_MISSING" });
    await (await openTestStore(data())).close();
    writeFileSync(join(folder, "copy.db"), "precious");
    expect(await run(folder, ["backup", "copy.db"])).to.include({ code: "FILE_EXISTS" });
  });

  it("refuses what is no sound backup and leaves nothing of it behind", async () => {
    const store = await openTestStore(data());
    await storeMessages(
      store,
      Array.from({ length: 500 }, (_, number) => factsOf(number)),
    );
    await store.close();
    await run(folder, ["backup", "copy.db"]);
    copyFileSync(join(folder, "copy.db"), join(folder, "short.db"));
    truncateSync(join(folder, "short.db"), 40_960);
    const torn = readFileSync(join(folder, "copy.db"));
    // The last page belongs to none of the tables that are counted.
    torn.fill(0, torn.length - 4096);
    writeFileSync(join(folder, "torn.db"), torn);
    writeFileSync(
      join(folder, "text.db"),
      "no database at all, but long enough to look at".repeat(99),
    );
    writeFileSync(join(folder, "empty.db"), "");
    mkdirSync(join(folder, "other"));
    for (const file of ["short.db", "torn.db", "text.db", "empty.db"]) {
      const refused = await run(folder, ["restore", file, "--data-folder", "other"]);
      expect(refused, file).to.include({ code: "BACKUP_DAMAGED" });
    }
    const missing = await run(folder, ["restore", "none.db", "--data-folder", "other"]);
    expect(missing).to.include({ code: "FILE_UNREADABLE" });
    const left = readdirSync(join(folder, "other")).filter((name) => !name.startsWith("lock.db"));
    expect(left).to.eql([]);
  });

  it("takes no file without what its killed service had written beside it", async () => {
    const store = await openTestStore(data());
    await storeMessages(store, [factsOf(1)]);
    mkdirSync(join(folder, "killed"));
    for (const name of ["store.db", "store.db-wal"]) {
      copyFileSync(join(data(), name), join(folder, "killed", name));
    }
    await store.close();
    const refused = await run(folder, ["restore", "killed/store.db", "--data-folder", "other"]);
    expect(refused).to.include({ code: "BACKUP_DAMAGED" });
    expect(refused).to.have.property("message").that.includes("store.db-wal");
    const env = { FIELDSEAL_DATA: "killed" };
    expect(await run(folder, ["backup", "copy.db"], env)).to.include({ code: 0, messages: 1 });
    const restored = await run(folder, ["restore", "copy.db", "--data-folder", "other"]);
    expect(restored).to.include({ code: 0, messages: 1 });
  });

  it("lets nothing of a store that was there before into the one that it restores", async () => {
    const store = await openTestStore(data());
    await storeMessages(store, [factsOf(1)]);
    await run(folder, ["backup", "copy.db"]);
    await storeMessages(store, [factsOf(2)]);
    mkdirSync(join(folder, "other"));
    const rest = join(folder, "other", "store.db-wal");
    copyFileSync(join(data(), "store.db-wal"), rest);
    copyFileSync(join(data(), "store.db-wal"), join(folder, "other", "store.db.part-wal"));
    await store.close();
    const refused = await run(folder, ["restore", "copy.db", "--data-folder", "other"]);
    expect(refused).to.include({ code: "DATA_EXISTS" });
    expect(refused).to.have.property("message").that.includes("store.db-wal");
    rmSync(rest);
    const restored = await run(folder, ["restore", "copy.db", "--data-folder", "other"]);
    expect(restored).to.include({ code: 0, messages: 1 });
    const other = await openTestStore(join(folder, "other"));
    expect(await messageByIdentity(other, factsOf(2))).to.equal(undefined);
    await other.close();
  });

  it("leaves PostgreSQL to its own tools", async () => {
    const env = { FIELDSEAL_DATABASE: "postgres://u:hunter2@127.0.0.1/x" };
    for (const command of ["backup", "restore"]) {
      const refused = await run(folder, [command, "copy.db"], env);
      expect(refused).to.include({ code: "BACKUP_ENGINE" });
      expect(JSON.stringify(refused)).not.to.match(/hunter2/);
    }
    expect(existsSync(data())).to.equal(false);
  });

  it("lets a store adopt only when that is meant", async () => {
    expect(await run(folder, ["adopt"])).to.include({ code: "CONFIRMATION_MISSING" });
    expect(await run(folder, ["adopt", "--yes"])).to.include({ code: 0 });
    const store = await openTestStore(data());
    expect(await mayAdopt(store)).to.equal(true);
    expect(await run(folder, ["adopt", "--yes"])).to.include({ code: "DATA_IN_USE" });
    await store.close();
  });
});
