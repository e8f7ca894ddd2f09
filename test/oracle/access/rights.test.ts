import { permissions } from "@fieldseal/sdk";
import { expect } from "chai";
import { Wallet } from "ethers";
import { GrantBook } from "../../../oracle/src/chain/grant-book.ts";
import { audience } from "../broker/clients.ts";
import { handClock, newDevice, type TestDevice, testDirectory } from "../broker/fixture.ts";
import { testAccess } from "./fixture.ts";
import { addressOf, everybody, give, owner } from "./support.ts";

const { READ, COMMAND, DELEGATE } = permissions;
const guest = addressOf(new Wallet(`0x${"61".repeat(32)}`));
const agent = addressOf(new Wallet(`0x${"62".repeat(32)}`));

describe("rights", () => {
  let clock: ReturnType<typeof handClock>;
  let devices: ReturnType<typeof testDirectory>;
  let access: ReturnType<typeof testAccess>;
  let device: TestDevice;
  beforeEach(() => {
    clock = handClock();
    devices = testDirectory();
    device = newDevice(2);
    devices.enrol(device);
    access = testAccess({ devices, clock, audience });
  });
  const holds = (who = guest, bits: bigint = READ) =>
    access.rights.holds(device.device, who, bits) !== undefined;
  const nowS = () => clock.nowMs() / 1000;

  it("are the owner's by himself, and nobody else's", () => {
    expect(holds(owner, READ | COMMAND)).to.equal(true);
    expect(holds(guest)).to.equal(false);
    expect(holds(everybody)).to.equal(false);
    expect(holds(device.device)).to.equal(false);
  });

  it("of a device that is not enrolled are nobody's", () => {
    expect(access.rights.holds(newDevice(2).device, owner, READ)).to.equal(undefined);
  });

  it("come by grants on the device, on the fleet and to everybody, and end with them", () => {
    give(access.final, device.device, guest, READ, { until: nowS() + 10 });
    expect(access.rights.holds(device.device, guest, READ)).to.deep.equal({
      grantor: owner,
      untilS: nowS() + 10,
    });
    expect(holds(guest, COMMAND)).to.equal(false);
    give(access.final, owner, agent, COMMAND);
    expect(holds(agent, COMMAND)).to.equal(true);
    give(access.final, device.device, everybody, READ);
    expect(holds(agent, READ)).to.equal(true);
    clock.advance(10_000);
    give(access.final, device.device, everybody, 0n);
    expect(holds(guest)).to.equal(false);
  });

  it("end by the chain's time where that is ahead of the clock", () => {
    give(access.final, device.device, guest, READ, { until: nowS() + 10 });
    access.state.newestTimeS = nowS() + 10;
    expect(holds()).to.equal(false);
  });

  it("of a delegate last as long as his own, and no longer than his delegator's word", () => {
    give(access.final, device.device, agent, READ | DELEGATE, { until: nowS() + 60 });
    give(access.final, device.device, guest, READ, {
      grantor: agent,
      parentGeneration: 1,
      until: nowS() + 90,
    });
    expect(access.rights.holds(device.device, guest, READ)).to.deep.equal({
      grantor: agent,
      untilS: nowS() + 60,
    });
    give(access.final, device.device, agent, READ | DELEGATE, { generation: 2 });
    expect(holds(), "the delegate's grant was made anew").to.equal(false);
  });

  it("come by a delegate's word on the fleet and to everybody, as by his owner's", () => {
    const byAgent = { grantor: agent, parentGeneration: 1 };
    give(access.final, owner, agent, READ | COMMAND | DELEGATE);
    give(access.final, owner, guest, COMMAND, { ...byAgent, ofFleet: true });
    expect(holds(guest, COMMAND)).to.equal(true);
    expect(holds(guest, READ)).to.equal(false);
    give(access.final, owner, everybody, READ, { ...byAgent, ofFleet: true });
    const anybody = addressOf(new Wallet(`0x${"63".repeat(32)}`));
    expect([holds(guest, READ), holds(anybody, READ)]).to.deep.equal([true, true]);
    give(access.final, owner, agent, 0n, { generation: 2 });
    expect([holds(guest, COMMAND), holds(anybody, READ)]).to.deep.equal([false, false]);
  });

  it("by several words last as long as the longest", () => {
    give(access.final, device.device, agent, READ | DELEGATE);
    for (const [ownerS, agentS] of [
      [10, 60],
      [60, 10],
    ] as const) {
      give(access.final, device.device, guest, READ, { until: nowS() + ownerS });
      const byAgent = { grantor: agent, parentGeneration: 1, until: nowS() + agentS };
      give(access.final, device.device, guest, READ, byAgent);
      expect(access.rights.holds(device.device, guest, READ)).to.deep.equal({
        grantor: ownerS > agentS ? owner : agent,
        untilS: nowS() + 60,
      });
    }
  });

  it("end when the newest block says so, where that is earlier", () => {
    give(access.final, device.device, guest, READ, { until: nowS() + 60 });
    access.state.newest = new GrantBook(access.final);
    give(access.state.newest, device.device, guest, READ, { until: nowS() + 5 });
    const until = () => access.rights.holds(device.device, guest, READ)?.untilS;
    expect(until()).to.equal(nowS() + 5);
    give(access.state.newest, device.device, guest, READ, { until: nowS() + 90 });
    expect(until()).to.equal(nowS() + 60);
  });

  it("are taken away by a block that is not final, and never given by one", () => {
    give(access.final, device.device, guest, READ);
    const newest = new GrantBook(access.final);
    access.state.newest = newest;
    expect(holds()).to.equal(true);
    give(newest, device.device, guest, 0n);
    expect(holds(), "revoked in the newest block").to.equal(false);
    give(newest, device.device, agent, READ);
    expect(holds(agent), "granted in the newest block").to.equal(false);
    access.state.newest = new GrantBook(access.final);
    expect(holds(), "the block vanished").to.equal(true);
  });

  it("die when the newest block shows another owner, before that is final", () => {
    give(access.final, device.device, guest, READ);
    expect(holds()).to.equal(true);
    const sold = { owner: agent, ownerEpoch: 1, status: "active", keyIndex: 0 } as const;
    devices.see(device.device, sold);
    expect(holds()).to.equal(false);
    expect(holds(owner), "the seller").to.equal(false);
    expect(holds(agent), "the buyer waits until it is final").to.equal(false);
  });
});

describe("grants in memory", () => {
  const place = { subject: guest, grantor: owner, grantee: agent };

  it("are forgotten when they are revoked, and named as gone by a view on top", () => {
    const book = new GrantBook();
    give(book, guest, agent, READ);
    expect([book.size, ...book.grantorsOf(guest, agent)]).to.deep.equal([1, owner]);
    const onTop = new GrantBook(book);
    give(onTop, guest, agent, 0n);
    expect(onTop.grantOf(place.subject, place.grantor, place.grantee)?.permissions).to.equal(0n);
    give(book, guest, agent, 0n);
    expect([book.size, ...book.grantorsOf(guest, agent)]).to.deep.equal([0]);
    expect(book.grantOf(place.subject, place.grantor, place.grantee)).to.equal(undefined);
  });
});
