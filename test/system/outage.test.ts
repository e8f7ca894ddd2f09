import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { startMosquitto } from "../support/mosquitto.ts";
import { type OutageWorld, startOutageWorld } from "../support/outage-world.ts";
import { startPostgres } from "../support/postgres.ts";
import { until } from "../support/until.ts";

const seconds = Number(process.env.FIELDSEAL_TEST_OUTAGE_SECONDS ?? 30);

type Outage = {
  /** Name of the readiness check that fails by it. */
  readonly check: string;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
};

/** Goes through an outage: the service says so all the time, recovers by itself, and nothing is lost or doubled. */
async function survive(world: OutageWorld, { check, begin, end }: Outage): Promise<void> {
  await world.begin();
  expect(await world.failing()).to.eql([]);
  await begin();
  const failing = async () => (await world.failing())?.includes(check);
  const gauge = () => world.metric(`fieldseal_check_ok{check="${check}"}`);
  await until(`/readyz saying ${check}`, failing, 60_000);
  const endMs = performance.now() + seconds * 1000;
  while (performance.now() < endMs) {
    expect(await failing(), "says that it is not ready").to.equal(true);
    await delay(500);
  }
  expect(await gauge()).to.equal(0);
  await end();
  await until("being ready again", async () => (await world.failing())?.length === 0, 90_000);
  const before = world.acknowledged();
  await until("acknowledging again", () => world.acknowledged() > before, 90_000);
  expect(await gauge()).to.equal(1);
  // What was said meanwhile comes at the rate at which devices check receipts.
  await world.settle(120_000 + seconds * 300);
  expect(await world.oracle.process.stop()).to.equal(0);
}

/** Takes what is left of the disk. */
function fill(file: string): void {
  const descriptor = openSync(file, "w");
  for (const chunk of [1 << 20, 4096]) {
    try {
      for (;;) writeSync(descriptor, Buffer.alloc(chunk));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
  closeSync(descriptor);
}

describe(`an outage of ${seconds} s`, function () {
  this.timeout(300_000 + seconds * 2000);
  let world: OutageWorld | undefined;
  const undo: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    await world?.oracle.process.kill();
    for (const one of undo.splice(0).reverse()) await one();
    await world?.end();
    world = undefined;
  });

  it("of the disk, which is full: no message is acknowledged that is not stored", async () => {
    const disk = mkdtempSync(join(tmpdir(), "fieldseal-disk-"));
    undo.push(() => rmSync(disk, { recursive: true, force: true }));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=192m", "tmpfs", disk]);
    undo.push(() => {
      execFileSync("umount", [disk]);
    });
    world = await startOutageWorld({ dataFolder: join(disk, "data") });
    const ballast = join(disk, "ballast");
    await survive(world, {
      check: "store",
      begin: () => fill(ballast),
      end: () => rmSync(ballast),
    });
  });

  it("of the disk, which takes no writes", async () => {
    world = await startOutageWorld();
    const data = world.environment.FIELDSEAL_DATA ?? "";
    const files = ["store.db", "store.db-wal"].map((name) => join(data, name));
    // A clean end removes the second file, and with it what was set on it.
    const writable = () => {
      for (const file of files) if (existsSync(file)) execFileSync("chattr", ["-i", file]);
    };
    undo.push(writable);
    await survive(world, {
      check: "store",
      begin: () => {
        execFileSync("chattr", ["+i", ...files]);
      },
      end: writable,
    });
  });

  it("of PostgreSQL", async () => {
    const postgres = await startPostgres();
    undo.push(() => postgres.stop());
    const environment = { FIELDSEAL_DATABASE: postgres.url("fieldseal") };
    world = await startOutageWorld({ environment });
    await survive(world, {
      check: "store",
      begin: () => postgres.halt(),
      end: () => postgres.restart(),
    });
  });

  it("of the broker", async () => {
    const mosquitto = await startMosquitto(["persistence true", "max_queued_messages 0"]);
    undo.push(() => mosquitto.stop());
    world = await startOutageWorld({ mqtt: mosquitto.url });
    await survive(world, {
      check: "broker",
      begin: () => mosquitto.crash(),
      end: () => mosquitto.restart(),
    });
  });

  it("of the chain's client, which answers nothing", async () => {
    world = await startOutageWorld();
    const { proxy } = world;
    await survive(world, {
      check: "chain",
      begin: () => {
        proxy.decide = () => "keep request";
      },
      end: () => {
        proxy.decide = () => "pass";
      },
    });
  });
});
