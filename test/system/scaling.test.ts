import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { type ScalingWorld, startScalingWorld, type Worker } from "../support/scaling-world.ts";
import { seededRandom } from "../support/seeded.ts";
import { until } from "../support/until.ts";

const rounds = Number(process.env.FIELDSEAL_TEST_SCALING ?? 6);
const seed = process.env.FIELDSEAL_TEST_SEED ?? String(Date.now());

describe(`three workers of one log, ${rounds} troubles, seed ${seed}`, function () {
  this.timeout(180_000 + rounds * 60_000);
  const random = seededRandom(seed);
  let world: ScalingWorld;

  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  };
  /** Waits until all are there again, and the log goes on. */
  const working = async () => {
    for (const { process, name } of world.workers) {
      if ((await process?.ready) !== true) throw new Error(`${name}: ${process?.log()}`);
    }
    await world.progress();
  };
  const revive = async (worker: Worker) => {
    await delay(1500 * random());
    if (await world.start(worker).ready) return;
    throw new Error(`${worker.name} did not start: ${worker.process?.log()}`);
  };
  const kill = async (worker: Worker) => {
    await worker.process?.kill();
    await revive(worker);
  };

  /** What may happen to processes that nobody looks after. */
  const troubles = {
    "a worker is killed": async () => kill(pick(world.workers)),
    "the leader is killed": async () => kill(await world.leader()),
    "a worker is killed while it starts": async () => {
      const worker = pick(world.workers);
      await worker.process?.kill();
      world.start(worker);
      await delay(1500 * random());
      await kill(worker);
    },
    "the leader hangs until another leads, then goes on": async () => {
      const old = await world.leader();
      const others = world.workers.filter((worker) => worker !== old);
      old.process?.pause(true);
      try {
        const leader = await world.leader(others);
        await delay(2000 * random());
        expect((await world.leaderSeenBy(leader))?.name).to.equal(leader.name);
      } finally {
        old.process?.pause(false);
      }
      await until("noticing that another leads", async () => {
        const view = await world.leaderSeenBy(old);
        return view !== undefined && view.name !== "" && (!view.here || view.name === old.name);
      });
    },
    "two of three are killed": async () => {
      const dead = world.workers.filter((worker) => worker !== pick(world.workers)).slice(0, 2);
      await Promise.all(dead.map((worker) => worker.process?.kill()));
      await Promise.all(dead.map(revive));
    },
    "the database crashes": async () => {
      await world.postgres.crash();
      await delay(2000 * random());
      await world.postgres.restart();
    },
    "the broker is restarted": () => world.mosquitto.restart(),
  };

  before(async () => {
    world = await startScalingWorld();
    for (const worker of world.workers) world.start(worker);
    world.begin();
    await working();
  });
  after(() => world?.end());

  it("have every acknowledged reading in one checkpoint, and none in two", async () => {
    const [pause, ...others] = [
      "the leader hangs until another leads, then goes on" as const,
      "the leader is killed" as const,
      "the database crashes" as const,
      "a worker is killed" as const,
      "the broker is restarted" as const,
      "a worker is killed while it starts" as const,
      "two of three are killed" as const,
    ];
    // Each once, as far as the rounds go; then whatever comes.
    const first = [pause, ...others];
    for (let round = 0; round < rounds; round++) {
      const trouble = first[round] ?? pick(first);
      await troubles[trouble]().catch((cause: unknown) => {
        throw new Error(`round ${round}, ${trouble}`, { cause });
      });
      await working().catch((cause: unknown) => {
        throw new Error(`after round ${round}, ${trouble}`, { cause });
      });
      await delay(1000 * random());
    }
    const { acknowledged, checkpoints } = await world.settle();
    expect(acknowledged).to.be.greaterThan(rounds);
    expect(checkpoints).to.be.greaterThan(rounds / 2);

    const { operator, provider } = world.deployment;
    const used = await provider.getTransactionCount(operator, "latest");
    expect(await provider.getTransactionCount(operator, "pending")).to.equal(used);
    const rows = await world.postgres.query(
      `select nonce from fieldseal.intents where state = 'final' order by nonce`,
    );
    const nonces = rows.map(({ nonce }) => Number(nonce));
    expect(new Set(nonces).size).to.equal(nonces.length);
    expect(nonces.every((nonce) => nonce < used)).to.equal(true);
    for (const worker of world.workers) expect(await worker.process?.stop()).to.equal(0);
  });
});
