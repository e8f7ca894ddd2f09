import type { DeviceId } from "@fieldseal/sdk";
import { expect } from "chai";
import { pino } from "pino";
import { Announcer } from "../../../oracle/src/home-assistant/announcer.ts";
import type { Seal } from "../../../oracle/src/home-assistant/seal-of.ts";

const device: DeviceId = `0x${"12".repeat(20)}`;
const other: DeviceId = `0x${"34".repeat(20)}`;
const place = { prefix: "homeassistant", log: "31337_1", url: "https://oracle.example" };
const config = (id: string) => `homeassistant/device/fieldseal_31337_1_${id}/config`;
const state = (id: string, metric: string, kind = 0) =>
  `fieldseal-home-assistant/31337_1/${id}/m${kind}_${Buffer.from(metric).toString("hex")}`;
const seal = (id: string) => `fieldseal-home-assistant/31337_1/${id}/seal`;

type Component = Record<string, unknown>;

describe("announcements for Home Assistant", () => {
  let retained: Map<string, string>;
  let allowed: Set<string>;
  let seals: Map<bigint, Seal>;
  let isConnected: boolean;
  let announcer: Announcer;

  const fresh = () =>
    new Announcer({
      log: pino({ level: "silent" }),
      place,
      mayAnnounce: (id) => allowed.has(id),
      sealOf: async ({ sequence }) => seals.get(sequence),
      async publish(topic, payload) {
        if (!isConnected) throw new Error("away");
        if (payload === "") retained.delete(topic);
        else retained.set(topic, payload);
      },
    });
  const say = (metric: string, value: string, more: Record<string, unknown> = {}) =>
    announcer.take({
      event: "reading",
      data: {
        device,
        keyIndex: 0,
        sequence: "7",
        record: 0,
        metric,
        kind: 0,
        value,
        text: null,
        time: "1700000000000",
        receivedAt: "1700000001000",
        ...more,
      },
    });
  const json = (topic: string) => JSON.parse(retained.get(topic) ?? "null");
  const components = (id = device): Record<string, Component> => json(config(id)).cmps;

  beforeEach(() => {
    retained = new Map();
    allowed = new Set([device, other]);
    seals = new Map();
    isConnected = true;
    announcer = fresh();
  });

  it("hold at most 64 metrics of a device, and none of a device that may not be told of", async () => {
    for (let n = 0; n < 70; n++) say(`m${n}`, "1");
    say("t", "1", { device: `0x${"56".repeat(20)}` });
    await announcer.step();
    expect(Object.keys(components())).to.have.length(65);
    expect([...retained.keys()].filter((topic) => topic.endsWith("/config"))).to.have.length(1);
    expect([...retained.keys()].join()).not.to.include("5656");
  });

  it("say again what the broker did not take", async () => {
    say("t", "1000000000000000000");
    await announcer.step();
    say("t", "2000000000000000000", { time: "1700000002000" });
    isConnected = false;
    await announcer.step().catch(() => {});
    isConnected = true;
    await announcer.step();
    expect(json(state(device, "t")).value).to.equal("2");
  });

  it("describe a device in the shape of Home Assistant's device discovery", async () => {
    say("temperature/Cel", "21500000000000000000");
    await announcer.step();
    const { dev, o, avty_t, cmps, qos } = json(config(device));
    expect(dev).to.include({ mf: "Fieldseal", sn: device });
    expect(dev.ids).to.deep.equal([`fieldseal_31337_1_${device}`]);
    expect(o).to.include({ name: "Fieldseal", url: "https://oracle.example" });
    expect([avty_t, qos]).to.deep.equal(["fieldseal-home-assistant/31337_1/status", 1]);
    const [[key = "", sensor] = []] = Object.entries(cmps);
    expect(sensor).to.deep.equal({
      p: "sensor",
      name: "temperature",
      uniq_id: `fieldseal_31337_1_${device}_${key}`,
      stat_t: state(device, "temperature/Cel"),
      val_tpl: "{{ value_json.value }}",
      json_attr_t: state(device, "temperature/Cel"),
      json_attr_tpl: "{{ value_json.attributes | tojson }}",
      unit_of_meas: "°C",
      dev_cla: "temperature",
      stat_cla: "measurement",
    });
    expect(cmps.seal).to.include({ p: "sensor", dev_cla: "enum", ent_cat: "diagnostic" });
    expect(cmps.seal.ops).to.deep.equal(["stored", "sealed"]);
  });

  it("say that a reading is stored, then sealed, with its checkpoint and where its proof is", async () => {
    say("temperature/Cel", "21500000000000000000");
    await announcer.step();
    const topic = state(device, "temperature/Cel");
    expect(json(topic)).to.deep.include({ value: "21.5" });
    expect(json(topic).attributes).to.include({ seal: "stored", checkpoint: null, proof: null });
    expect(json(seal(device)).seal).to.equal("stored");

    seals.set(7n, { checkpoint: 3, isFinal: false });
    announcer.take({ event: "checkpoint", data: { index: "3" } });
    await announcer.step();
    const proof = `https://oracle.example/v1/proofs/${device}/0/7/0`;
    expect(json(topic).attributes).to.include({
      seal: "sealed",
      checkpoint: 3,
      final: false,
      proof,
    });
    expect(json(seal(device))).to.deep.include({ seal: "sealed" });

    seals.set(7n, { checkpoint: 3, isFinal: true });
    announcer.take({ event: "checkpoint", data: { index: "3" } });
    await announcer.step();
    expect(json(topic).attributes).to.include({ final: true });
  });

  it("show truth values, texts and units as Home Assistant expects them", async () => {
    say("open", "1000000000000000000", { kind: 1 });
    say("note", "1", { kind: 2, text: "all quiet" });
    say("r:attic:energy/kWh", "1234500000000000000");
    say("humidity/%RH", "55200000000000000000");
    await announcer.step();
    const list = Object.values(components());
    expect(list.find(({ name }) => name === "open")).to.include({
      p: "binary_sensor",
      pl_on: "true",
      pl_off: "false",
    });
    expect(list.find(({ name }) => name === "attic energy")).to.include({
      dev_cla: "energy",
      stat_cla: "total",
    });
    expect(list.find(({ name }) => name === "humidity")).to.include({ unit_of_meas: "%" });
    expect(json(state(device, "open", 1)).value).to.equal("true");
    expect(json(state(device, "note", 2)).value).to.equal("all quiet");
  });

  it("leave out bytes and what is only about the origin of relayed readings", async () => {
    say("data", "1", { kind: 3 });
    say("origin.attestation", "0");
    await announcer.step();
    expect(retained.size).to.equal(0);
  });

  it("keep the newest when a device hands in old readings", async () => {
    say("temperature/Cel", "2000000000000000000");
    say("temperature/Cel", "1000000000000000000", { time: "1600000000000", sequence: "6" });
    await announcer.step();
    expect(json(state(device, "temperature/Cel")).value).to.equal("2");
  });

  it("tell nothing of a device that may not be read, and take everything back when the right ends", async () => {
    allowed.delete(other);
    say("temperature/Cel", "1000000000000000000", { device: other });
    say("temperature/Cel", "1000000000000000000");
    await announcer.step();
    expect([...retained.keys()].some((topic) => topic.includes(other))).to.equal(false);
    expect(retained.size).to.equal(3);
    allowed.delete(device);
    await announcer.step();
    expect(retained.size).to.equal(0);
  });

  it("take back after a restart what an earlier run announced of a device that is gone", async () => {
    say("temperature/Cel", "1000000000000000000");
    await announcer.step();
    allowed.delete(device);
    announcer = fresh();
    for (const [topic, payload] of retained) announcer.found(topic, Buffer.from(payload));
    await announcer.step();
    expect(retained.size).to.equal(0);
  });

  it("go on after a restart with the metrics that are there, and leave others' announcements alone", async () => {
    say("temperature/Cel", "1000000000000000000");
    await announcer.step();
    announcer = fresh();
    for (const [topic, payload] of retained) announcer.found(topic, Buffer.from(payload));
    announcer.found("homeassistant/device/0AFFD2/config", Buffer.from('{"cmps":{}}'));
    announcer.found(config(other), Buffer.from("no JSON"));
    say("humidity/%RH", "1000000000000000000");
    await announcer.step();
    expect(Object.values(components()).map(({ name }) => name)).to.have.members([
      "temperature",
      "humidity",
      "Seal",
    ]);
  });

  it("say everything anew on a new connection", async () => {
    say("temperature/Cel", "1000000000000000000");
    isConnected = false;
    await announcer.step().catch(() => {});
    expect(retained.size).to.equal(0);
    isConnected = true;
    announcer.connected();
    await announcer.step();
    expect(retained.size).to.equal(3);
    retained.clear();
    announcer.connected();
    await announcer.step();
    expect(retained.size).to.equal(3);
  });
});
