import { join } from "node:path";
import { expect } from "chai";
import { startFinalAnvil, type TestChain } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { DeviceLife } from "../support/device-life.ts";
import { type Person, person, READ } from "../support/person.ts";
import { newSigner, type TestDevice } from "../support/registry-actions.ts";
import { type RunningOracle, runOracle } from "../support/running-oracle.ts";
import { temporaryFolder } from "../support/service.ts";

const weekS = 7 * 86_400;
// DeviceLife takes the owner's account and the two that follow; the first of these is the thief's here.
const [ownersAccount, guestsAccount] = [2, 5];

/** A device at work on a chain of its own, and a guest who may read it. */
function story(keyType: 1 | 2) {
  const folder = temporaryFolder();
  let node: TestChain;
  let deployment: TestDeployment;
  let oracle: RunningOracle;
  let life: DeviceLife;
  let guest: Person;
  return {
    get life(): DeviceLife {
      return life;
    },
    async begin() {
      node = await startFinalAnvil();
      deployment = await deployOn(node);
      oracle = await runOracle(deployment, join(folder.path, "oracle"));
      const outboxFolder = join(folder.path, "outbox");
      const account = ownersAccount;
      life = await DeviceLife.begin({ deployment, oracle, outboxFolder, keyType, account });
      await life.owner.enrol(keyType, deployment.logId, life.device.signer);
      const somebody = (index: number) =>
        person({ deployment, oracle, account: index, folder: folder.path });
      guest = somebody(guestsAccount);
      await somebody(ownersAccount).grant(life.device.id, guest.address, "read");
    },
    async end() {
      await life?.field.close();
      await oracle?.stop();
      deployment?.provider.destroy();
      await node?.stop();
      folder.remove();
    },
    async waitAWeek() {
      await node.rpc("evm_increaseTime", weekS);
      await node.mine();
    },
    caughtUp: async () => oracle.client.followed(await deployment.provider.getBlockNumber()),
    guestMayRead: () => guest.allowed(life.device.id, life.owner.owner, READ),
  };
}

describe("a lost key", function () {
  this.timeout(60_000);
  this.bail(true);
  const tale = story(2);
  before(() => tale.begin());
  after(() => tale.end());

  it("belongs to a device at work", async () => {
    await tale.life.publishAndProve(20);
    expect(await tale.guestMayRead()).to.equal(true);
  });

  const next = newSigner(2);

  it("is replaced by the owner alone, but not at once", async () => {
    const { life } = tale;
    const { owner, device } = life;
    await owner.announceKey(device.id, next, false);
    const completion = owner.keyRecovery(device, next);
    expect(await life.refusal(owner, "completeKeyRecovery", ...completion)).to.equal(
      "RegistryTooEarly",
    );
    await tale.waitAWeek();
    const other = owner.keyRecovery(device, newSigner(2));
    expect(await life.refusal(owner, "completeKeyRecovery", ...other)).to.equal(
      "RegistryRecoveryTarget",
    );
    expect(await life.refusal(life.buyer, "completeKeyRecovery", ...completion)).to.equal(
      "RegistryNotOwner",
    );
    await owner.send("completeKeyRecovery", ...completion);
    await tale.caughtUp();
  });

  it("leaves the device its id, its past and its grants", async () => {
    const { life } = tale;
    await life.field.client.rotateTo(next, 1);
    life.device = { id: life.device.id, signer: next };
    expect((await life.publishAndProve(21)).keyIndex).to.equal(1);
    await life.pastStands();
    expect(await tale.guestMayRead()).to.equal(true);
  });

  it("is no way for a thief of the owner's account: the device at work forbids it", async () => {
    const { life } = tale;
    const { owner, buyer: thief, device } = life;
    await owner.announceTransfer(device, thief.owner);
    const veto = await owner.signVeto(device);
    await thief.send("veto", ...veto);
    await tale.waitAWeek();
    expect(await life.refusal(thief, "completeTransfer", device.id)).to.equal("RegistryNoRecovery");
    // A veto forbids what it named and nothing else, once.
    await owner.announceTransfer(device, thief.owner);
    expect(await life.refusal(thief, "veto", ...veto)).to.equal("RegistryNonce");
    await owner.send("cancelRecovery", device.id);
    await life.publishAndProve(22);
  });
});

describe("a leaked key", function () {
  this.timeout(60_000);
  this.bail(true);
  const tale = story(1);
  let stolen: TestDevice;
  before(() => tale.begin());
  after(() => tale.end());

  it("speaks for the device as long as nobody notices", async () => {
    const { life } = tale;
    await life.publishAndProve(20);
    stolen = life.device;
    expect(await life.answerTo(stolen, 0)).to.deep.equal([200, "stored"]);
  });

  it("moves nothing: neither key nor owner nor rights", async () => {
    const { life } = tale;
    const { buyer: thief } = life;
    const sale = await thief.signSale(stolen, thief.owner);
    expect(await life.refusal(thief, "transfer", ...sale, "0x")).to.equal("RegistryOwnerSignature");
    const rotation = await thief.signRotation(stolen, newSigner(1), 1, false);
    const refused = await life.refusal(thief, "rotate", ...rotation);
    expect(refused).to.equal("RegistryOwnerSignature");
    for (const action of ["suspend", "retire", "cancelRecovery"]) {
      expect(await life.refusal(thief, action, stolen.id)).to.equal("RegistryNotOwner");
    }
    expect(await tale.guestMayRead()).to.equal(true);
  });

  it("can hold up a recovery, but the owner silences it at once", async () => {
    const { life } = tale;
    const { owner, buyer: thief } = life;
    await owner.announceKey(stolen.id, newSigner(1), true);
    await thief.send("veto", ...(await owner.signVeto(stolen)));
    const from = life.field.events.length;
    await owner.send("suspend", stolen.id);
    await life.isCutOff("DEVICE_SUSPENDED", from);
    await tale.caughtUp();
    expect(await life.answerTo(stolen, 0)).to.deep.equal([403, "DEVICE_SUSPENDED"]);
    await owner.send("resume", stolen.id);
  });

  it("ends with the first rotation that says so, without grace", async () => {
    const { life } = tale;
    life.device = await life.owner.rotate(stolen, 1, true);
    await tale.caughtUp();
    expect(await life.answerTo(stolen, 0)).to.deep.equal([403, "KEY_COMPROMISED"]);
    const { owner, buyer: thief } = life;
    await owner.announceKey(stolen.id, newSigner(1), false);
    const veto = await owner.signVeto(stolen);
    expect(await life.refusal(thief, "veto", ...veto)).to.equal("RegistryKey");
    await owner.send("cancelRecovery", stolen.id);
    await life.field.client.rotateTo(life.device.signer, 1);
    expect((await life.publishAndProve(21)).keyIndex).to.equal(1);
    await life.pastStands();
    expect(await tale.guestMayRead()).to.equal(true);
  });
});
