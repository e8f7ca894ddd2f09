import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { expect } from "chai";
import { type Postgres, startPostgres } from "../support/postgres.ts";

const mocha = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");

/** Suites that say nothing of an engine: what they ask of SQLite in `npm test` is asked of PostgreSQL here. */
const suites = [
  "store/store",
  "ingest/accept",
  "ingest/refusals",
  "seal/sealer",
  "seal/exactly-once",
  "seal/adopt",
  "api/readings",
  "api/proofs",
  "api/live",
  "api/retention",
  "chain/stored-grants",
  "chain/follower",
];

describe("the store's suite on PostgreSQL", function () {
  this.timeout(300_000);
  let postgres: Postgres;
  before(async () => {
    postgres = await startPostgres(["max_connections=300", "max_locks_per_transaction=256"]);
  });
  after(() => postgres?.stop());

  for (const suite of suites) {
    it(`${suite}: every test passes`, async () => {
      const url = new URL(postgres.url("unused"));
      url.search = "";
      const file = `test/oracle/${suite}.test.ts`;
      const args = [mocha, "--no-config", "--extension", "ts", "--timeout", "60000", file];
      const child = spawn(process.execPath, args, {
        env: { ...process.env, TEST_DATABASE: url.href },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => {
          output += chunk.toString();
        });
      }
      const [code] = await once(child, "close");
      expect(code, output).to.equal(0);
      expect(output).to.match(/[1-9]\d* passing/);
    });
  }
});
