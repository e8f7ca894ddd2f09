import { join } from "node:path";
import {
  type CallProvider,
  type DeviceMessage,
  encodeMetric,
  hex,
  type ProofFile,
  proofCalldata,
  verifyProof,
} from "@fieldseal/sdk";
import { ReadingConsumer__factory } from "@fieldseal/typechain";
import { expect } from "chai";
import { Wallet } from "ethers";
import { startFinalAnvil, type TestChain, testKey } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { DeviceLife, someReadings } from "../support/device-life.ts";
import type { TestDevice } from "../support/registry-actions.ts";
import { type RunningOracle, runOracle } from "../support/running-oracle.ts";
import { temporaryFolder } from "../support/service.ts";

const graceSeconds = 600;

// One story, told in steps of two devices at once: each step needs the ones before.
describe("the life of two devices, one with a P-256 key and one with a secp256k1 key", function () {
  this.timeout(60_000);
  this.bail(true);
  const folder = temporaryFolder();
  const lives: DeviceLife[] = [];
  let node: TestChain;
  let deployment: TestDeployment;
  let oracle: RunningOracle;

  before(async () => {
    node = await startFinalAnvil();
    deployment = await deployOn(node, { graceSeconds });
    oracle = await runOracle(deployment, join(folder.path, "oracle"));
  });
  after(async () => {
    for (const { field } of lives) await field.close();
    await oracle?.stop();
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  const each = (step: (life: DeviceLife) => Promise<void>) => async () => {
    await Promise.all(lives.map(step));
  };
  /** Waits until the oracle judges by the newest block. */
  const caughtUp = async () => oracle.client.followed(await deployment.provider.getBlockNumber());

  it("begins with a key: before they are enrolled nothing of them is taken", async () => {
    for (const [keyType, account] of [
      [2, 2],
      [1, 5],
    ] as const) {
      const outboxFolder = join(folder.path, `outbox-${keyType}`);
      const life = await DeviceLife.begin({ deployment, oracle, outboxFolder, keyType, account });
      lives.push(life);
      expect(await life.answerTo(life.device, 0)).to.deep.equal([403, "DEVICE_UNKNOWN"]);
      await life.field.told("connectFailed", 0);
    }
    expect(await oracle.client.brokerRefusals("DEVICE_UNKNOWN")).to.be.greaterThan(1);
  });

  it(
    "goes on with their enrolment: what they had to say before is taken too",
    each(async (life) => {
      const kept = await life.field.send(someReadings(19.5));
      await life.owner.enrol(life.keyType, deployment.logId, life.device.signer);
      await life.field.stored(kept);
      await life.proveSealed(kept);
    }),
  );

  it(
    "has their readings sealed, and one eth_call proves each",
    each(async (life) => {
      const message = await life.publishAndProve(21.5);
      let calls = 0;
      const provider: CallProvider = {
        call: (transaction) => {
          calls += 1;
          return deployment.provider.call(transaction);
        },
        getNetwork: () => deployment.provider.getNetwork(),
      };
      for (const record of [0, 1]) {
        const proof = await oracle.client.proof(message, record);
        const { signatureChecked } = await verifyProof(proof, { provider, log: deployment.log });
        expect(signatureChecked).to.equal(true);
      }
      expect(calls).to.equal(2);
      await life.field.told("sealed", 0);
    }),
  );

  it(
    "has a contract store a reading on the word of its proof alone",
    each(async (life) => {
      const proof = life.sealed.at(-1) as ProofFile;
      const payer = new Wallet(testKey(life.payer), deployment.provider);
      const metric = hex(encodeMetric("temperature", "Cel"));
      const { log, logId } = deployment;
      const factory = new ReadingConsumer__factory(payer);
      const consumer = await factory.deploy(log, logId, life.device.id, metric);
      await consumer.waitForDeployment();
      const { proof: struct, word } = proofCalldata(proof);
      await (await consumer.takeSigned(struct, word)).wait();
      expect(await consumer.value()).to.equal(21_500_000_000_000_000_000n);
      expect((await consumer.time()).toString()).to.equal(proof.reading.time);
    }),
  );

  const heldBack = new Map<DeviceLife, DeviceMessage>();

  it(
    "has them suspended: sessions are cut, logins and messages refused",
    each(async (life) => {
      const last = await life.field.publish(someReadings(22));
      const from = life.field.events.length;
      await life.owner.send("suspend", life.device.id);
      await life.isCutOff("DEVICE_SUSPENDED", from);
      // Sessions end by the newest block, messages are judged by the final one.
      await caughtUp();
      expect(await life.answerTo(life.device, 0)).to.deep.equal([403, "DEVICE_SUSPENDED"]);
      heldBack.set(life, await life.field.send(someReadings(22.5)));
      // What was acknowledged before is sealed all the same.
      await life.proveSealed(last);
      await life.pastStands();
    }),
  );

  it(
    "has them resumed: what they kept meanwhile is taken",
    each(async (life) => {
      const kept = heldBack.get(life) as DeviceMessage;
      await life.owner.send("resume", life.device.id);
      await life.field.stored(kept);
      await life.proveSealed(kept);
    }),
  );

  const first = new Map<DeviceLife, TestDevice>();

  it(
    "gives them a second key: what the first signed stays proven",
    each(async (life) => {
      first.set(life, life.device);
      life.device = await life.owner.rotate(life.device, 1, false);
      await caughtUp();
      await life.field.client.rotateTo(life.device.signer, 1);
      expect((await life.publishAndProve(23)).keyIndex).to.equal(1);
      await life.pastStands();
    }),
  );

  it("takes messages of the first keys within the grace, and none after it", async () => {
    const late = await Promise.all(
      lives.map(async (life) => {
        const { bytes, message } = await life.signedBy(first.get(life) as TestDevice, 0);
        expect((await oracle.client.post(bytes)).body.outcome).to.equal("stored");
        return { life, message };
      }),
    );
    await node.rpc("evm_increaseTime", graceSeconds + 1);
    await node.mine();
    await caughtUp();
    for (const { life, message } of late) {
      const expired = await life.answerTo(first.get(life) as TestDevice, 0);
      expect(expired).to.deep.equal([403, "KEY_EXPIRED"]);
      // Acknowledged within the grace: sealed, though the checkpoint comes after it.
      await life.proveSealed(message);
    }
  });

  it(
    "loses the second keys to a thief: nothing that they sign is taken any more",
    each(async (life) => {
      const stolen = life.device;
      expect(await life.answerTo(stolen, 1)).to.deep.equal([200, "stored"]);
      life.device = await life.owner.rotate(stolen, 2, true);
      await caughtUp();
      expect(await life.answerTo(stolen, 1)).to.deep.equal([403, "KEY_COMPROMISED"]);
      await life.field.client.rotateTo(life.device.signer, 2);
      expect((await life.publishAndProve(24)).keyIndex).to.equal(2);
      await life.pastStands();
    }),
  );

  it(
    "has them sold by their own, their owner's and the buyer's signature: the old owner can do nothing more",
    each(async (life) => {
      const { owner, buyer, device } = life;
      const sale = await owner.signSale(device, buyer.owner);
      const unsigned = [...sale.slice(0, -1), "0x", "0x"];
      expect(await life.refusal(buyer, "transfer", ...unsigned)).to.equal("RegistryOwnerSignature");
      const unasked = [...sale, "0x"];
      expect(await life.refusal(owner, "transfer", ...unasked)).to.equal(
        "RegistryRecipientSignature",
      );
      const agreed = [...sale, await buyer.signPurchase(device.id)];
      await owner.send("transfer", ...agreed);
      expect(await owner.contract.getFunction("ownerOf")(device.id)).to.equal(buyer.owner);
      for (const [method, ...more] of [["suspend"], ["retire"], ["setHome", 7n]] as const) {
        const refused = await life.refusal(owner, method, device.id, ...more);
        expect(refused).to.equal("RegistryNotOwner");
      }
      expect(await life.refusal(owner, "transfer", ...agreed)).to.equal("RegistryNonce");
      const back = await owner.signSale(device, owner.owner);
      expect(await life.refusal(owner, "transfer", ...back, "0x")).to.equal(
        "RegistryOwnerSignature",
      );
      await life.publishAndProve(25);
      await life.pastStands();
    }),
  );

  it(
    "has them obey their new owner",
    each(async (life) => {
      const from = life.field.events.length;
      await life.buyer.send("suspend", life.device.id);
      await life.isCutOff("DEVICE_SUSPENDED", from);
      await life.buyer.send("resume", life.device.id);
      await life.publishAndProve(26);
    }),
  );

  it(
    "ends with their retirement: refused for ever, their past stays proven",
    each(async (life) => {
      const { field, buyer, device } = life;
      const from = field.events.length;
      await buyer.send("retire", device.id);
      await life.isCutOff("DEVICE_RETIRED", from);
      await caughtUp();
      expect(await life.answerTo(device, 2)).to.deep.equal([403, "DEVICE_RETIRED"]);
      expect(await life.refusal(buyer, "resume", device.id)).to.equal("RegistryWrongStatus");
      const genesis = first.get(life) as TestDevice;
      const enrolment = await buyer.signEnrolment(genesis.signer, deployment.logId);
      expect(await life.refusal(buyer, "enrol", ...enrolment)).to.equal("RegistryAlreadyEnrolled");
      await life.pastStands();
      expect(life.sealed.length).to.equal(9);
    }),
  );
});
