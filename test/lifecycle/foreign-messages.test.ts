import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  bodyRoot,
  createLoginToken,
  curveOrder,
  decryptBody,
  disclose,
  encodeBody,
  encryptBody,
  hex,
  openBody,
  packOf,
  topicsOf,
  verifyProof,
} from "@fieldseal/sdk";
import { expect } from "chai";
import { connectClient } from "../oracle/broker/clients.ts";
import { startFinalAnvil, type TestChain } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { fieldDevice } from "../support/field-device.ts";
import { opensslDevice } from "../support/openssl-device.ts";
import { type RunningOracle, runOracle } from "../support/running-oracle.ts";
import { temporaryFolder } from "../support/service.ts";

describe("a message that the oracle cannot read, or that no code of ours made", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let node: TestChain;
  let deployment: TestDeployment;
  let oracle: RunningOracle;

  before(async () => {
    node = await startFinalAnvil();
    deployment = await deployOn(node);
    oracle = await runOracle(deployment, join(folder.path, "oracle"), {
      FIELDSEAL_SEAL_MESSAGES: "1",
    });
  });
  after(async () => {
    await oracle?.stop();
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  const onChain = () => ({ provider: deployment.provider, log: deployment.log });
  const caughtUp = async () => oracle.client.followed(await deployment.provider.getBlockNumber());

  it("is sealed as ciphertext; its device discloses one reading, and verifySigned takes it", async () => {
    const device = await deployment.owner(2).enrol(2, deployment.logId);
    await caughtUp();
    const outboxFolder = join(folder.path, "outbox");
    const field = await fieldDevice({ deployment, device, mqtt: oracle.mqtt, outboxFolder });
    try {
      const pack = packOf([
        { name: "glucose", unit: "mol/m3", value: 5.4 },
        { name: "heart", unit: "beat/min", value: 71 },
        { name: "note", text: "patient asleep" },
      ]);
      const salt = randomBytes(16);
      const plain = encodeBody({ salt, pack });
      const key = randomBytes(32);
      const body = await encryptBody(plain, key, randomBytes(12));
      const root = bodyRoot(salt, openBody(plain).records);
      const message = await field.client.sendBody(body, root);
      await field.stored(message);
      const sealed = await oracle.client.messageProof(message);

      const path = `${message.device}/${message.keyIndex}/${message.sequence}`;
      const asked = await oracle.client.get(`/v1/proofs/${path}/1`);
      expect([asked.status, asked.body.code]).to.deep.equal([409, "BODY_MISSING"]);
      const { body: shown } = await oracle.client.get(`/v1/readings?device=${message.device}`);
      expect(shown.items).to.deep.equal([]);

      const proof = disclose(sealed, await decryptBody(body, key), 1);
      expect(proof.reading.value).to.equal("71000000000000000000");
      const verdict = await verifyProof(proof, onChain());
      expect(verdict.signatureChecked).to.equal(true);
      expect(JSON.stringify(proof)).not.to.include("asleep");
      const data = join(folder.path, "oracle");
      for (const file of await readdir(data)) {
        expect((await readFile(join(data, file))).includes("asleep"), file).to.equal(false);
      }
    } finally {
      await field.close();
    }
  });

  for (const [name, keyType] of [
    ["P-256", 2],
    ["secp256k1", 1],
  ] as const) {
    it(`made by hand and signed with openssl (${name}) is sealed and proven, high-s or low-s`, async () => {
      const device = opensslDevice(folder.path, keyType);
      const sequence = (n: number) => (3n << 32n) + BigInt(n);
      const { id, signer } = device;
      await deployment.owner(keyType + 2).enrol(keyType, deployment.logId, signer);
      await caughtUp();
      const isHighS = (signature: Uint8Array) =>
        BigInt(hex(signature.subarray(32))) > curveOrder[keyType] / 2n;

      const nowS = Math.floor(Date.now() / 1000);
      const audience = `${hex(deployment.domain)}/fieldseal`;
      const token = { signer, device: id, audience, nowS, lifetimeS: 600 };
      const password = await createLoginToken(token);
      const client = await connectClient(oracle.mqtt, { clientId: id, username: id, password });
      const seen = new Set<boolean>();
      try {
        // Every other signature is high-s: 40 tries meet both but once in 10^12 runs.
        for (let n = 1; n <= 40 && seen.size < 2; n++) {
          const { message, signature } = device.message(deployment.domain, sequence(n));
          if (seen.has(isHighS(signature))) continue;
          if (seen.size === 0) {
            await client.publishAsync(topicsOf("fieldseal/1", id).up, message, { qos: 1 });
          } else {
            expect((await oracle.client.post(message)).body.outcome).to.equal("stored");
          }
          seen.add(isHighS(signature));
          const proof = await oracle.client.proof({
            device: id,
            keyIndex: 0,
            sequence: sequence(n),
          });
          expect(proof.reading).to.include({ metric: "t/Cel", value: "21500000000000000000" });
          expect((await verifyProof(proof, onChain())).signatureChecked).to.equal(true);
        }
      } finally {
        client.end(true);
      }
      expect(seen.size).to.equal(2);
    });
  }
});
