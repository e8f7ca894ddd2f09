import { join } from "node:path";
import { grantManyTypes, grantsDomain } from "@fieldseal/sdk";
import { AccessGrants__factory, type IAccessGrants } from "@fieldseal/typechain";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { startHardhatNode, type TestChain } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { someReadings } from "../support/device-life.ts";
import { type FieldDevice, fieldDevice } from "../support/field-device.ts";
import { COMMAND, cut, type Person, person, READ, type Watch } from "../support/person.ts";
import { refusalOf } from "../support/refusal-of.ts";
import type { RegistryActions, TestDevice } from "../support/registry-actions.ts";
import { type RunningOracle, runOracle } from "../support/running-oracle.ts";
import { temporaryFolder } from "../support/service.ts";
import { until } from "../support/until.ts";

/** The arguments of `grantBySignature`. */
type SignedGrant = [
  grantor: string,
  terms: IAccessGrants.TermsStruct[],
  ownerEpochs: number[],
  nonce: bigint,
  deadline: bigint,
  signature: string,
];

const farDeadline = 4_000_000_000n;
const noEnd = 2n ** 40n - 1n;
const everybody = `0x${"00".repeat(20)}`;

// One story: each step needs the ones before.
describe("a sensor sold second-hand, and an old owner who tries everything", function () {
  this.timeout(60_000);
  this.bail(true);
  const folder = temporaryFolder();
  const watches: Watch[] = [];
  let node: TestChain;
  let deployment: TestDeployment;
  let oracle: RunningOracle;
  let device: TestDevice;
  let field: FieldDevice;
  let [seller, buyer]: RegistryActions[] = [];
  let [old, owner, manager, guest, responder, friend]: Person[] = [];
  /** Grants that the seller signed before the sale and kept: on the device, and on his fleet. */
  let kept: { onDevice: SignedGrant; onFleet: SignedGrant };

  before(async () => {
    node = await startHardhatNode();
    deployment = await deployOn(node, { restricted: true });
    oracle = await runOracle(deployment, join(folder.path, "oracle"));
    const somebody = (account: number) =>
      person({ deployment, oracle, account, folder: folder.path });
    [old, owner, manager, guest, responder, friend] = [2, 3, 4, 5, 6, 7].map(somebody);
    [seller, buyer] = [deployment.owner(2), deployment.owner(3)];
    device = await deployment.owner(2).enrol(2, deployment.logId);
    const outboxFolder = join(folder.path, "outbox");
    field = await fieldDevice({ deployment, device, mqtt: oracle.mqtt, outboxFolder });
    await field.publish(someReadings(20));
  });
  after(async () => {
    for (const watch of watches) watch.end();
    await field?.close();
    await oracle?.stop();
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  const the = <T>(one: T | undefined): T => {
    if (one === undefined) throw new Error("the story has not begun");
    return one;
  };
  const grantsOf = (by: Person) =>
    AccessGrants__factory.connect(deployment.accessGrants, by.wallet);
  const caughtUp = async () => oracle.client.followed(await deployment.provider.getBlockNumber());
  const reads = async (who: Person | undefined, answer: string) =>
    until(`answering ${answer}`, async () => (await the(who).reads(device.id)) === answer);
  const watch = async (who: Person | undefined) => {
    const opened = await the(who).watch(device.id);
    if (opened === undefined) throw new Error("the subscription was refused");
    watches.push(opened);
    return opened;
  };
  const sell = async (from: RegistryActions | undefined, to: RegistryActions | undefined) => {
    const sale = await the(from).signSale(device, the(to).owner);
    await the(to).send("transfer", ...sale, "0x");
    await caughtUp();
  };
  /** The arguments of a grant of the seller's that anybody may relay. */
  const signGrant = async (subject: string, lane: bigint): Promise<SignedGrant> => {
    const by = the(old);
    const terms = [
      {
        subject,
        grantee: the(friend).address,
        permissions: READ | COMMAND,
        from: 0n,
        until: noEnd,
        purpose: ZeroHash,
      },
    ];
    const nonce = lane << 64n;
    const value = { grantor: by.address, terms, ownerEpochs: [0], nonce, deadline: farDeadline };
    const domain = grantsDomain(deployment.chainId, deployment.accessGrants);
    const word = await by.wallet.signTypedData(domain, grantManyTypes, value);
    return [by.address, terms, [0], nonce, farDeadline, word];
  };

  it("has a life before: guests, a manager, a responder, a reader for everybody", async () => {
    const { id } = device;
    const { grant } = the(old);
    await grant(id, the(guest).address, "read,command");
    await grant(id, the(manager).address, "read,command,delegate");
    await grant(the(old).address, the(manager).address, "read,command,delegate");
    await grant(id, the(responder).address, "emergency");
    await the(manager).grant(id, the(friend).address, "read");
    await the(responder).grant("emergency", id, "--reason", "smoke");
    await caughtUp();
    for (const who of [old, guest, manager, friend, responder]) await reads(who, "open");
    for (const who of [old, guest, manager, friend, responder]) await watch(who);
    await grant(id, "everybody", "read");
    kept = { onDevice: await signGrant(id, 1n), onFleet: await signGrant(the(old).address, 2n) };
  });

  it("is sold: every session of the life before is cut, every door closed", async () => {
    await sell(seller, buyer);
    await Promise.all(watches.map(cut));
    for (const who of [old, guest, manager, friend, responder]) {
      await reads(who, "RESTRICTED");
      expect(await the(who).watch(device.id)).to.equal(undefined);
    }
    await reads(owner, "open");
  });

  it("lets the old owner say nothing about it", async () => {
    const { id } = device;
    const by = the(old);
    const { address } = the(friend);
    expect(await by.refusedGrant(id, address, "read")).to.equal("GrantsNotGrantor");
    const close = ["close-emergency", id, "--responder", the(responder).address];
    expect(await by.refusedGrant(...close)).to.equal("GrantsNotGrantor");
    for (const action of ["suspend", "retire"]) {
      expect(await refusalOf(the(seller).contract, action, id)).to.equal("RegistryNotOwner");
    }
    expect(await refusalOf(the(seller).contract, "setHome", id, 7n)).to.equal("RegistryNotOwner");
  });

  it("lets him not sell it again, though he kept a copy of its key", async () => {
    const again = await the(seller).signSale(device, the(seller).owner);
    const refused = await refusalOf(the(seller).contract, "transfer", ...again, "0x");
    expect(refused).to.equal("RegistryOwnerSignature");
    await expectRejected(the(seller).rotate(device, 1, false));
    expect((await the(buyer).contract.getFunction("device")(device.id)).keyIndex).to.equal(0n);
  });

  it("voids what he signed before: a stranger relays it in vain", async () => {
    const relay = grantsOf(the(guest));
    expect(await refusalOf(relay, "grantBySignature", ...kept.onDevice)).to.equal("GrantsEpoch");
    const [grantor, terms, , ...rest] = kept.onDevice;
    const patched = [grantor, terms, [1], ...rest];
    expect(await refusalOf(relay, "grantBySignature", ...patched)).to.equal("GrantsSignature");
    // What he signed about his own fleet is his to give, and this device is no longer in it.
    await relay.grantBySignature(...kept.onFleet);
    expect(await the(friend).allowed(device.id, the(old).address, READ)).to.equal(false);
    await caughtUp();
    expect(await the(friend).reads(device.id)).to.equal("RESTRICTED");
  });

  it("leaves his delegates and his responder nothing, on device or fleet", async () => {
    const { id } = device;
    const { address } = the(friend);
    expect(await the(manager).refusedGrant(id, address, "read")).to.equal("GrantsNotGrantor");
    // On what the old owner still has he is a delegate as before.
    await the(manager).grant(the(old).address, address, "read");
    expect(await the(friend).allowed(id, the(manager).address, READ)).to.equal(false);
    const alarm = ["emergency", id, "--reason", "smoke again"];
    const by = ["--grantor", the(old).address];
    expect(await the(responder).refusedGrant(...alarm, ...by)).to.equal("GrantsNoEmergency");
    expect(await the(responder).refusedGrant(...alarm)).to.equal("GrantsNoEmergency");
    const close = ["close-emergency", id];
    expect(await the(responder).refusedGrant(...close)).to.equal("GrantsNoEmergency");
  });

  it("obeys the new owner, whose grants the old one cannot touch", async () => {
    const { id } = device;
    await the(owner).grant(id, the(guest).address, "read");
    await reads(guest, "open");
    const theirs = ["revoke", id, the(guest).address, "--grantor", the(owner).address];
    expect(await the(old).refusedGrant(...theirs)).to.equal("GrantsNotGrantor");
    await the(old).grant("revoke-all", id);
    await caughtUp();
    expect(await the(guest).reads(id)).to.equal("open");
    expect(await the(guest).allowed(id, the(owner).address, READ)).to.equal(true);
    expect(await the(guest).allowed(id, the(old).address, READ)).to.equal(false);
    expect(await the(guest).allowed(id, the(owner).address, COMMAND)).to.equal(false);
  });

  it("speaks to its new owner only: the old one hears nothing that it says", async () => {
    const hears = await watch(owner);
    await field.publish(someReadings(30));
    await until("hearing the device", () => hears.messages.length > 0);
    expect(await the(old).watch(device.id)).to.equal(undefined);
  });

  it("comes back one day: grants on it stay dead, only those on his fleet are about it again", async () => {
    const { id } = device;
    await sell(buyer, seller);
    const by = the(old).address;
    expect(await the(guest).allowed(id, by, READ)).to.equal(false);
    expect(await the(guest).allowed(id, the(owner).address, READ)).to.equal(false);
    expect(await the(responder).allowed(id, by, COMMAND)).to.equal(false);
    expect(await grantsOf(the(guest)).allowed(id, by, everybody, READ)).to.equal(false);
    expect(await the(manager).allowed(id, by, COMMAND)).to.equal(true);
    expect(await the(friend).allowed(id, by, COMMAND)).to.equal(true);
    await reads(owner, "RESTRICTED");
    await reads(old, "open");
    const relay = grantsOf(the(guest));
    expect(await refusalOf(relay, "grantBySignature", ...kept.onDevice)).to.equal("GrantsEpoch");
  });
});

async function expectRejected(work: Promise<unknown>): Promise<void> {
  const done = await work.then(
    () => true,
    () => false,
  );
  expect(done).to.equal(false);
}
