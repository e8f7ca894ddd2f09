import { join } from "node:path";
import { FieldsealError, verifyProof } from "@fieldseal/sdk";
import { expect } from "chai";
import { startHardhatNode, type TestChain } from "../support/chain.ts";
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
    node = await startHardhatNode();
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
    const indices: string[] = [];
    try {
      let before: Awaited<ReturnType<typeof field.publish>> | undefined;
      for (const value of [1, 2]) {
        const oracle = await runOracle(deployment, data, { FIELDSEAL_MQTT_PORT: port });
        try {
          if (before !== undefined) await oracle.client.proof(before);
          const message = await field.publish(someReadings(value));
          const proof = await oracle.client.proof(message);
          await verifyProof(proof, { provider: deployment.provider, log: deployment.log });
          indices.push(proof.checkpoint.index);
          // Acknowledged, and not sealed yet when the oracle stops.
          before = await field.publish(someReadings(value + 10));
        } finally {
          await oracle.stop();
        }
        // While nobody listens the device keeps what it has to say.
        await field.send(someReadings(value + 20));
      }
      const last = await runOracle(deployment, data, { FIELDSEAL_MQTT_PORT: port });
      try {
        if (before !== undefined) await last.client.proof(before);
        const after = await field.publish(someReadings(3));
        const proof = await last.client.proof(after);
        indices.push(proof.checkpoint.index);
        const { body } = await last.client.get("/v1/checkpoints?limit=100");
        const all = (body.items as { index: string }[]).map(({ index }) => Number(index));
        expect(all).to.deep.equal(all.map((_, i) => all.length - 1 - i));
        expect(field.client.pending).to.equal(0);
        expect(field.settled.size).to.equal(7);
      } finally {
        await last.stop();
      }
      expect(indices.map(Number)).to.deep.equal([...indices.map(Number)].sort((a, b) => a - b));
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
    const other = await startHardhatNode();
    try {
      // The same contracts at the same addresses: only the genesis block tells the chains apart.
      const elsewhere = await deployOn(other);
      elsewhere.provider.destroy();
      expect(elsewhere.log).to.equal(deployment.log);
      const { code, message } = await refusal(runOracle(elsewhere, own));
      expect(code).to.equal("DATA_CHAIN_MISMATCH");
      expect(message).to.include("genesis block");
    } finally {
      await other.stop();
    }
  });
});
