import { marketRequestTopic, permissions, topicsOf } from "@fieldseal/sdk";
import { expect } from "chai";
import { Wallet } from "ethers";
import { createTopicRights } from "../../../oracle/src/broker/topic-rights.ts";
import { audience } from "../broker/clients.ts";
import { handClock, newDevice, testDirectory } from "../broker/fixture.ts";
import { testAccess } from "./fixture.ts";
import { addressOf, give, owner } from "./support.ts";

const prefix = "fieldseal/1";
const { READ, COMMAND, CONFIGURE, MAINTAIN, DELEGATE, EMERGENCY } = permissions;
const reader = addressOf(new Wallet(`0x${"71".repeat(32)}`));
const commander = addressOf(new Wallet(`0x${"72".repeat(32)}`));
const stranger = addressOf(new Wallet(`0x${"73".repeat(32)}`));

describe("topic rights", () => {
  const devices = testDirectory();
  const [device, other, machine] = [newDevice(2), newDevice(1), newDevice(2)];
  for (const one of [device, other, machine]) devices.enrol(one);
  const access = testAccess({ devices, clock: handClock(), audience });
  give(access.final, device.device, reader, READ);
  give(access.final, device.device, commander, COMMAND);
  give(access.final, device.device, machine.device, COMMAND);
  const topics = createTopicRights(devices, access.rights, prefix);
  const of = topicsOf(prefix, device.device);
  const request = marketRequestTopic(prefix, "parking");
  const people = {
    device: device.device,
    other: other.device,
    machine: machine.device,
    owner,
    reader,
    commander,
    stranger,
  } as const;
  const allowed = (question: "mayPublish" | "maySubscribe", topic: string) =>
    Object.entries(people).flatMap(([name, who]) => (topics[question](who, topic) ? [name] : []));

  it("let each topic be published to by those whom the protocol names", () => {
    expect(allowed("mayPublish", of.up)).to.deep.equal(["device"]);
    expect(allowed("mayPublish", of.state)).to.deep.equal(["device"]);
    expect(allowed("mayPublish", of.receipt)).to.deep.equal([]);
    expect(allowed("mayPublish", of.command)).to.deep.equal(["machine", "owner", "commander"]);
    expect(allowed("mayPublish", of.market)).to.deep.equal(["device", "other", "machine"]);
    expect(allowed("mayPublish", request)).to.deep.equal(["device", "other", "machine"]);
  });

  it("let each topic be subscribed by those whom the protocol names", () => {
    expect(allowed("maySubscribe", of.receipt)).to.deep.equal(["device"]);
    expect(allowed("maySubscribe", of.command)).to.deep.equal(["device"]);
    expect(allowed("maySubscribe", of.market)).to.deep.equal(["device"]);
    expect(allowed("maySubscribe", of.up)).to.deep.equal(["owner", "reader"]);
    expect(allowed("maySubscribe", of.state)).to.deep.equal([
      "machine",
      "owner",
      "reader",
      "commander",
    ]);
    expect(allowed("maySubscribe", request)).to.deep.equal(["device", "other", "machine"]);
  });

  it("open the command topic to who may configure or maintain, not to delegates or responders", () => {
    const who = (index: number) => addressOf(new Wallet(`0x${String(80 + index).repeat(32)}`));
    [CONFIGURE, MAINTAIN, DELEGATE, EMERGENCY, READ, 1n << 8n].forEach((bit, index) => {
      give(access.final, device.device, who(index), bit);
      expect(topics.mayPublish(who(index), of.command), String(bit)).to.equal(index < 2);
    });
  });

  it("give people, and devices that nobody enrolled, no topics of their own", () => {
    for (const who of [stranger, reader, owner, newDevice(2).device]) {
      for (const topic of Object.values(topicsOf(prefix, who))) {
        expect(topics.mayPublish(who, topic), topic).to.equal(false);
        expect(topics.maySubscribe(who, topic), topic).to.equal(false);
      }
    }
  });

  it("close wildcards, other spellings and paths that climb", () => {
    const id = device.device;
    const names = [
      "#",
      "+",
      `${prefix}/#`,
      `${prefix}/+/up`,
      `${prefix}/${id}/#`,
      `${prefix}/${id}/+`,
      `${prefix}/${id}/../${other.device}/up`,
      `${prefix}/${id}/up/`,
      `/${prefix}/${id}/up`,
      `${prefix}//${id}/up`,
      `${prefix}/${id.toUpperCase().replace("0X", "0x")}/up`,
      `${prefix}/${id}/UP`,
      `${prefix}/${id}/up\u0000`,
      `${prefix}/${id}`,
      `$share/x/${prefix}/${id}/up`,
      "$SYS/#",
      "$CONTROL/dynamic-security/v1",
      `${prefix}/market/#`,
      `${prefix}/market/+/request`,
      `${prefix}/market/Parking/request`,
      `${prefix}/market/a/b/request`,
      `${prefix}/market//request`,
      "",
    ];
    for (const name of names) {
      expect(allowed("mayPublish", name), name).to.deep.equal([]);
      expect(allowed("maySubscribe", name), name).to.deep.equal([]);
    }
  });

  it("close a suspended device's command and market topics, and the market to it", () => {
    const before = allowed("mayPublish", of.command);
    devices.set(device.device, "suspended");
    expect(allowed("mayPublish", of.command)).to.deep.equal([]);
    expect(allowed("mayPublish", of.market)).to.deep.equal([]);
    expect(topics.mayPublish(device.device, request)).to.equal(false);
    devices.set(device.device, "active");
    const suspended = { owner, ownerEpoch: 0, status: "suspended", keyIndex: 0 } as const;
    devices.see(device.device, suspended);
    expect(allowed("mayPublish", of.command), "in a block that is not final").to.deep.equal([]);
    devices.see(device.device, undefined);
    expect(allowed("mayPublish", of.command)).to.deep.equal(before);
  });
});
