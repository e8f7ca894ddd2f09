import { join } from "node:path";
import { expect } from "chai";
import { startFinalAnvil, type TestChain } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { someReadings } from "../support/device-life.ts";
import { type Factory, factory, type Unit } from "../support/factory.ts";
import { type FieldDevice, fieldDevice } from "../support/field-device.ts";
import { refusalOf } from "../support/refusal-of.ts";
import type { RegistryActions } from "../support/registry-actions.ts";
import { type RunningOracle, runOracle } from "../support/running-oracle.ts";
import { temporaryFolder } from "../support/service.ts";

const manifest = 1n;
const reason = "The sensor drifts above 40 °C: bulletin 2027-03.";

// One story: each step needs the ones before.
describe("a manufacturer of 1,000 devices, and a recall", function () {
  this.timeout(60_000);
  this.bail(true);
  const folder = temporaryFolder();
  let node: TestChain;
  let deployment: TestDeployment;
  let oracle: RunningOracle;
  let maker: RegistryActions;
  let dealer: RegistryActions;
  let customer: RegistryActions;
  let forger: RegistryActions;
  let made: Factory;
  let field: FieldDevice | undefined;

  before(async () => {
    node = await startFinalAnvil();
    deployment = await deployOn(node);
    oracle = await runOracle(deployment, join(folder.path, "oracle"));
    [maker, dealer, customer, forger] = [2, 3, 4, 5].map((index) => deployment.owner(index)) as [
      RegistryActions,
      RegistryActions,
      RegistryActions,
      RegistryActions,
    ];
    made = factory(deployment, maker, 1_000);
  });
  after(async () => {
    await field?.close();
    await oracle?.stop();
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  const unit = (position: number): Unit => {
    const found = made.units[position];
    if (found === undefined) throw new Error(`no unit ${position}`);
    return found;
  };
  const gasOf = async (sent: Promise<{ wait(): Promise<{ gasUsed: bigint } | null> }>) =>
    Number((await (await sent).wait())?.gasUsed);
  const claim = async (by: RegistryActions, position: number) => {
    const item = await made.claimOf(unit(position), by.owner, manifest);
    return by.send("claim", ...made.head(by.owner, manifest), item, "0x");
  };
  /** Which of these units a recall in force concerns. */
  const recalled = async (...positions: number[]) => {
    const ask = maker.contract.getFunction("recalled");
    const answers = await Promise.all(positions.map((position) => ask(unit(position).id)));
    return positions.filter((_, i) => answers[i] === true);
  };
  const worth = async (position: number) =>
    Number((await maker.contract.getFunction("device")(unit(position).id)).attestation);

  it("begins with one transaction for all of them, sold or not", async () => {
    const { root, units } = made;
    const gas = await gasOf(
      maker.send("commitManifest", root, units.length, 3, "https://maker.example/1"),
    );
    expect(gas).to.be.at.most(100_000);
    const listed = await maker.contract.getFunction("manifestOf")(manifest);
    expect([listed.manufacturer, listed.size, listed.root]).to.deep.equal([
      maker.owner,
      1_000n,
      root,
    ]);
  });

  it("has the first, the last and a dealer's ten claimed by their owners", async () => {
    await claim(customer, 0);
    await claim(customer, 999);
    const positions = Array.from({ length: 10 }, (_, i) => 100 + i);
    const items = await Promise.all(
      positions.map((position) => made.claimOf(unit(position), dealer.owner, manifest)),
    );
    await dealer.send("claimMany", ...made.head(dealer.owner, manifest), items, "0x");
    const ownerOf = customer.contract.getFunction("ownerOf");
    expect(await ownerOf(unit(999).id)).to.equal(customer.owner);
    expect(await ownerOf(unit(105).id)).to.equal(dealer.owner);
    expect(await worth(0)).to.equal(3);
  });

  it("has no place for what was not made: clones, second claims, another's list", async () => {
    const refusal = (item: object, of = manifest) =>
      refusalOf(forger.contract, "claim", ...made.head(forger.owner, of), item, "0x");
    const again = await made.claimOf(unit(0), forger.owner, manifest);
    expect(await refusal(again)).to.equal("RegistryAlreadyEnrolled");
    const genuine = await made.claimOf(unit(1), forger.owner, manifest);
    const moved = { ...genuine, position: 2 };
    expect(await refusal(moved)).to.equal("RegistryManifestProof");
    const fake = factory(deployment, forger, 1);
    const clone = await fake.claimOf(fake.units[0] as Unit, forger.owner, manifest, maker.owner);
    expect(await refusal({ ...clone, path: genuine.path })).to.equal("RegistryManifestProof");
    // A genuine device's word for its maker's list is none for a forger's list of the same keys.
    await forger.send("commitManifest", made.root, 1_000, 3, "");
    expect(await refusal(genuine, 2n)).to.equal("RegistryDeviceSignature");
  });

  it("has them at work: a claimed unit's readings are sealed and proven", async () => {
    const outboxFolder = join(folder.path, "outbox");
    const device = unit(999);
    field = await fieldDevice({ deployment, device, mqtt: oracle.mqtt, outboxFolder });
    await oracle.client.proof(await field.publish(someReadings(20)));
  });

  it("recalls the whole series by one transaction: sold, and sold later", async () => {
    const recall = ["recallManifest", manifest, reason] as const;
    for (const other of [forger, customer]) {
      expect(await refusalOf(other.contract, ...recall)).to.equal("RegistryNotManufacturer");
    }
    expect(await recalled(0, 105, 999)).to.deep.equal([]);
    await maker.send(...recall);
    await claim(customer, 500);
    expect(await recalled(0, 105, 500, 999)).to.deep.equal([0, 105, 500, 999]);
  });

  it("stops nothing by that: the devices are their owners', who decide", async () => {
    if (field === undefined) throw new Error("the device is not at work");
    await oracle.client.proof(await field.publish(someReadings(21)));
    for (const action of ["suspend", "retire"]) {
      const refused = await refusalOf(maker.contract, action, unit(999).id);
      expect(refused).to.equal("RegistryNotOwner");
    }
  });

  it("clears what was repaired, unit by unit", async () => {
    const repaired = [unit(999).id, unit(105).id];
    const refused = await refusalOf(customer.contract, "clearDevices", repaired);
    expect(refused).to.equal("RegistryNotManufacturer");
    await maker.send("clearDevices", repaired);
    expect(await recalled(0, 105, 106, 999)).to.deep.equal([0, 106]);
  });

  it("recalls again: what was cleared before is concerned like all", async () => {
    await maker.send("recallManifest", manifest, "Bulletin 2027-07.");
    expect(await recalled(0, 105, 999)).to.deep.equal([0, 105, 999]);
    await maker.send("clearDevices", [unit(999).id]);
    expect(await recalled(0, 105, 999)).to.deep.equal([0, 105]);
  });

  it("ends the recall, and keeps one unit recalled by itself", async () => {
    await maker.send("recallDevices", [unit(105).id], "Dropped in transport.");
    await maker.send("endManifestRecall", manifest);
    expect(await recalled(0, 105, 500, 999)).to.deep.equal([105]);
    await dealer.send("retire", unit(105).id);
    expect(await recalled(105)).to.deep.equal([105]);
    expect(await worth(999)).to.equal(3);
  });

  it("vouches anew for a key that a customer made, and for none that he did not see", async () => {
    const next = await customer.rotate(unit(0), 1, false);
    expect(await worth(0)).to.equal(2);
    const vouch = ["vouch", next.id, 1, 3, 0n, 4_000_000_000n, "0x"] as const;
    expect(await refusalOf(forger.contract, ...vouch)).to.equal("RegistryManufacturerSignature");
    await maker.send(...vouch);
    expect(await worth(0)).to.equal(3);
    await customer.rotate(next, 2, false);
    expect(await worth(0)).to.equal(2);
    const stale = await refusalOf(maker.contract, "vouch", next.id, 1, 3, 1n, 4_000_000_000n, "0x");
    expect(stale).to.equal("RegistryKey");
  });
});
