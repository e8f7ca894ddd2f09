import { join } from "node:path";
import { expect } from "chai";
import { startFinalAnvil, type TestChain } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { someReadings } from "../support/device-life.ts";
import { type FieldDevice, fieldDevice } from "../support/field-device.ts";
import { COMMAND, cut, type Person, person, READ, type Watch } from "../support/person.ts";
import { type RunningOracle, runOracle } from "../support/running-oracle.ts";
import { temporaryFolder } from "../support/service.ts";
import { until } from "../support/until.ts";

const hourS = 3_600;

// One story: each step needs the ones before.
describe("a rental: a machine lent for a time", function () {
  this.timeout(60_000);
  this.bail(true);
  const folder = temporaryFolder();
  let node: TestChain;
  let deployment: TestDeployment;
  let oracle: RunningOracle;
  let field: FieldDevice;
  let owner: Person;
  let tenant: Person;
  let stranger: Person;
  let watch: Watch;

  before(async () => {
    node = await startFinalAnvil();
    deployment = await deployOn(node, { restricted: true });
    oracle = await runOracle(deployment, join(folder.path, "oracle"));
    const somebody = (account: number) =>
      person({ deployment, oracle, account, folder: folder.path });
    [owner, tenant, stranger] = [somebody(2), somebody(3), somebody(4)];
    const device = await deployment.owner(2).enrol(2, deployment.logId);
    const outboxFolder = join(folder.path, "outbox");
    field = await fieldDevice({ deployment, device, mqtt: oracle.mqtt, outboxFolder });
    await field.publish(someReadings(20));
  });
  after(async () => {
    watch?.end();
    await field?.close();
    await oracle?.stop();
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  const pass = async (seconds: number) => {
    await node.rpc("evm_increaseTime", seconds);
    await node.mine();
  };
  /** Waits until HTTP answers the tenant so. */
  const tenantIs = (answer: string) =>
    until(`answering ${answer}`, async () => (await tenant.reads(field.id)) === answer);
  const mayRead = () => tenant.allowed(field.id, owner.address, READ);
  /** The device speaks, and the tenant's live session hears it. */
  const hears = async (value: number) => {
    const before = watch.messages.length;
    await field.publish(someReadings(value));
    await until("hearing the device", () => watch.messages.length > before);
  };

  it("begins with a closed door for everybody but the owner", async () => {
    await until("reading one's own", async () => (await owner.reads(field.id)) === "open");
    expect(await tenant.reads(field.id)).to.equal("RESTRICTED");
    expect(await tenant.watch(field.id)).to.equal(undefined);
    expect(await mayRead()).to.equal(false);
  });

  it("is agreed beforehand: until it begins nothing is open", async () => {
    const terms = ["read,command", "--from", "+1h", "--until", "+1d", "--purpose", "rental 1"];
    await owner.grant(field.id, tenant.address, ...terms);
    const shown = await tenant.grant("show", field.id, tenant.address);
    expect(shown.state).to.equal("to come");
    await oracle.client.followed(await deployment.provider.getBlockNumber());
    expect(await tenant.reads(field.id)).to.equal("RESTRICTED");
    expect(await mayRead()).to.equal(false);
  });

  it("opens at its first second: the tenant reads, and hears the machine live", async () => {
    await pass(hourS);
    await tenantIs("open");
    const opened = await tenant.watch(field.id);
    if (opened === undefined) throw new Error("the subscription was refused");
    watch = opened;
    await hears(21);
    expect(await tenant.allowed(field.id, owner.address, READ | COMMAND)).to.equal(true);
    expect(await stranger.reads(field.id)).to.equal("RESTRICTED");
  });

  it("is extended: the session that is open goes on past the first end", async () => {
    const { until: first } = await owner.grant("show", field.id, tenant.address).then(ends);
    await owner.grant(field.id, tenant.address, "read,command", "--until", "+3d");
    // An extension counts once it is final; that must come before the first end.
    await oracle.client.followed(await deployment.provider.getBlockNumber());
    await pass(24 * hourS);
    const now = (await deployment.provider.getBlock("latest"))?.timestamp ?? 0;
    expect(now).to.be.greaterThan(first);
    await oracle.client.followed(await deployment.provider.getBlockNumber());
    await hears(22);
    expect(watch.isOpen()).to.equal(true);
  });

  it("is not the tenant's to pass on, to change or to keep", async () => {
    const { id } = field;
    expect(await tenant.refusedGrant(id, stranger.address, "read")).to.equal("GrantsNotGrantor");
    const fleet = [owner.address, stranger.address, "read"];
    expect(await tenant.refusedGrant(...fleet)).to.equal("GrantsUnknownSubject");
    const foreign = ["revoke", id, stranger.address, "--grantor", owner.address];
    expect(await tenant.refusedGrant(...foreign)).to.equal("GrantsNotGrantor");
    const alarm = ["emergency", id, "--reason", "lost the key"];
    expect(await tenant.refusedGrant(...alarm)).to.equal("GrantsNoEmergency");
    await tenant.grant("revoke-all", id);
    expect(await mayRead()).to.equal(true);
  });

  it("is ended early: the live session is cut and the door closed", async () => {
    await owner.grant("revoke", field.id, tenant.address);
    await cut(watch);
    await tenantIs("RESTRICTED");
    expect(await mayRead()).to.equal(false);
    expect(await tenant.watch(field.id)).to.equal(undefined);
  });

  it("is agreed anew and runs out by itself: no transaction is needed to end it", async () => {
    await owner.grant(field.id, tenant.address, "read", "--until", "+2h");
    await tenantIs("open");
    const opened = await tenant.watch(field.id);
    if (opened === undefined) throw new Error("the subscription was refused");
    watch = opened;
    await hears(23);
    await pass(2 * hourS);
    await cut(watch);
    await tenantIs("RESTRICTED");
    expect((await tenant.grant("show", field.id, tenant.address)).state).to.equal("over");
  });

  it("leaves the tenant nothing: what he has is over, and he cannot make it last", async () => {
    const { id } = field;
    expect(await tenant.refusedGrant(id, tenant.address, "read")).to.equal("GrantsToSelf");
    expect(await tenant.watch(id)).to.equal(undefined);
    // Giving up what is over revives nothing.
    await tenant.grant("revoke", id, tenant.address, "--grantor", owner.address);
    expect(await mayRead()).to.equal(false);
    expect(await owner.reads(id)).to.equal("open");
  });
});

function ends(shown: Record<string, unknown>): { until: number } {
  return { until: Number(shown.untilS) };
}
