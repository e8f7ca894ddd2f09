import { join } from "node:path";
import { type DeviceMessage, FieldsealError, verifyProof } from "@fieldseal/sdk";
import { expect } from "chai";
import { startAnvil, startFinalAnvil, type TestChain } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { someReadings } from "../support/device-life.ts";
import { fieldDevice } from "../support/field-device.ts";
import { freePort } from "../support/free-port.ts";
import { runOracle } from "../support/running-oracle.ts";
import { temporaryFolder } from "../support/service.ts";

async function refusal(start: Promise<unknown>): Promise<FieldsealError> {
  const error = await start.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof FieldsealError) return error;
  throw new Error(`expected a refusal, got ${String(error)}`);
}

describe("the data folder of an oracle", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const data = join(folder.path, "oracle");
  let node: TestChain;
  let deployment: TestDeployment;

  before(async () => {
    node = await startFinalAnvil();
    deployment = await deployOn(node);
  });
  after(async () => {
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  it("lets a stopped oracle go on where it was: old proofs, new messages, indices without a gap", async () => {
    const device = await deployment.owner(2).enrol(2, deployment.logId);
    const port = String(await freePort());
    const outboxFolder = join(folder.path, "outbox");
    const mqtt = `mqtt://127.0.0.1:${port}`;
    const field = await fieldDevice({ deployment, device, mqtt, outboxFolder });
    // Two messages make a checkpoint; one alone would wait for a minute.
    const rules = {
      FIELDSEAL_MQTT_PORT: port,
      FIELDSEAL_SEAL_MESSAGES: "2",
      FIELDSEAL_SEAL_SECONDS: "60",
    };
    let waiting: DeviceMessage[] = [];
    try {
      for (const run of [1, 2, 3]) {
        const oracle = await runOracle(deployment, data, rules);
        try {
          for (const message of waiting) await oracle.client.proof(message);
          const pair = await Promise.all([
            field.publish(someReadings(run)),
            field.publish(someReadings(run + 10)),
          ]);
          for (const message of pair) {
            const proof = await oracle.client.proof(message);
            await verifyProof(proof, { provider: deployment.provider, log: deployment.log });
          }
          const { body } = await oracle.client.get("/v1/checkpoints");
          const indices = (body.items as { index: string }[]).map(({ index }) => index);
          expect(indices).to.deep.equal(["4", "3", "2", "1", "0"].slice(-(2 * run - 1)));
          // Acknowledged, and not sealed when the oracle stops.
          waiting = [await field.publish(someReadings(run + 20))];
        } finally {
          await oracle.stop();
        }
        // While nobody listens the device keeps what it has to say.
        if (run < 3) waiting.push(await field.send(someReadings(run + 30)));
      }
      expect(field.settled.size).to.equal(11);
    } finally {
      await field.close();
    }
  });

  it("belongs to one oracle at a time: the second is refused with DATA_IN_USE", async () => {
    const own = join(folder.path, "shared");
    const first = await runOracle(deployment, own);
    try {
      const { code, message } = await refusal(runOracle(deployment, own));
      expect(code).to.equal("DATA_IN_USE");
      expect(message).to.include(own);
      expect((await first.client.get("/healthz")).status).to.equal(200);
    } finally {
      await first.stop();
    }
    await (await runOracle(deployment, own)).stop();
  });

  it("belongs to one chain: with another, DATA_CHAIN_MISMATCH says what differs", async () => {
    const own = join(folder.path, "bound");
    await (await runOracle(deployment, own)).stop();
    const other = await startAnvil();
    try {
      // The same contracts at the same addresses: only the genesis block tells the chains apart.
      const elsewhere = await deployOn(other);
      elsewhere.provider.destroy();
      await other.mine(3);
      expect(elsewhere.log).to.equal(deployment.log);
      const { code, message } = await refusal(runOracle(elsewhere, own));
      expect(code).to.equal("DATA_CHAIN_MISMATCH");
      expect(message).to.include("genesis block");
    } finally {
      await other.stop();
    }
  });
});
