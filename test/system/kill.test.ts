import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { hex } from "@fieldseal/sdk";
import { expect } from "chai";
import { startAnvil, type TestChain } from "../support/chain.ts";
import { checkSealed, countSealed, identityOf } from "../support/check-sealed.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { type FieldDevice, fieldDevice } from "../support/field-device.ts";
import { freePort } from "../support/free-port.ts";
import { type OracleProcess, startOracleProcess } from "../support/oracle-process.ts";
import { seededRandom } from "../support/seeded.ts";
import { temporaryFolder } from "../support/service.ts";
import { until } from "../support/until.ts";

const kills = Number(process.env.FIELDSEAL_TEST_KILLS ?? 40);
const seed = process.env.FIELDSEAL_TEST_SEED ?? String(Date.now());

describe(`an oracle that is killed ${kills} times, seed ${seed}`, function () {
  this.timeout(60_000 + kills * 20_000);
  const folder = temporaryFolder();
  const fields: FieldDevice[] = [];
  const speechEnd = new AbortController();
  const ending = new AbortController();
  let node: TestChain;
  let deployment: TestDeployment;
  let environment: Record<string, string>;
  let http: string;
  let oracle: OracleProcess | undefined;
  let mining: Promise<void>;

  /** Blocks go on, so that finality follows: anvil alone mines only what is sent. */
  const mine = async () => {
    while (!ending.signal.aborted) {
      await node.mine();
      await delay(250);
    }
  };
  /** A device that says something new again and again, heard or not. */
  const speak = async (field: FieldDevice, random: () => number) => {
    for (let value = 0; !speechEnd.signal.aborted; value++) {
      await field.send([{ name: "count", value }]);
      await delay(10 + 60 * random());
    }
  };

  before(async () => {
    node = await startAnvil();
    deployment = await deployOn(node);
    mining = mine();
    const [httpPort, mqttPort] = [String(await freePort()), String(await freePort())];
    http = `http://127.0.0.1:${httpPort}`;
    environment = deployment.environment(join(folder.path, "oracle"), {
      FIELDSEAL_HTTP_PORT: httpPort,
      FIELDSEAL_MQTT_PORT: mqttPort,
      FIELDSEAL_SEAL_MESSAGES: "20",
    });
    const owner = deployment.owner(2);
    for (const keyType of [2, 1, 2, 1] as const) {
      const device = await owner.enrol(keyType, deployment.logId);
      const outboxFolder = join(folder.path, `outbox-${fields.length}`);
      const mqtt = `mqtt://127.0.0.1:${mqttPort}`;
      fields.push(await fieldDevice({ deployment, device, mqtt, outboxFolder }));
    }
  });
  after(async () => {
    speechEnd.abort();
    ending.abort();
    await oracle?.kill();
    for (const field of fields) await field.close();
    await mining;
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  it("has every message that was acknowledged in one checkpoint, and none in two", async () => {
    const random = seededRandom(seed);
    const acknowledged = () => fields.reduce((sum, { settled }) => sum + settled.size, 0);
    const speaking = fields.map((field) => speak(field, random));
    for (let kill = 0; kill < kills; kill++) {
      oracle = startOracleProcess(environment);
      // One in five while it starts, the others at work.
      if (random() >= 0.2) await working(oracle, acknowledged);
      await delay(1500 * random());
      await oracle.kill();
    }
    oracle = startOracleProcess(environment);
    await working(oracle, acknowledged);
    speechEnd.abort();
    await Promise.all(speaking);

    await until("acknowledging everything", () =>
      fields.every(({ client }) => client.pending === 0),
    );
    const isDone = async () => (await countSealed(deployment)) >= acknowledged();
    // What is not sealed by then is named below.
    await until("sealing everything", isDone).catch(() => {});
    const sealed = await checkSealed(deployment, http);
    const lost: string[] = [];
    for (const facts of fields.flatMap(({ settled }) => [...settled.values()])) {
      const identity = identityOf(facts);
      if (sealed.messages.get(identity) !== hex(facts.root)) lost.push(identity);
    }
    expect(lost).to.deep.equal([]);
    expect(sealed.messages.size).to.equal(acknowledged());
    expect(sealed.checkpoints).to.be.greaterThan(kills / 2);
    expect(await oracle.stop()).to.equal(0);
  });
});

/** Waits until it is ready and has acknowledged something. */
async function working(oracle: OracleProcess, acknowledged: () => number): Promise<void> {
  if (!(await oracle.ready)) throw new Error(`the oracle did not start: ${oracle.log()}`);
  const before = acknowledged();
  await until("acknowledging", () => acknowledged() > before);
}
