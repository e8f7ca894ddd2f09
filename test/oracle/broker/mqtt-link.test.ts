import { expect } from "chai";
import type { Packet } from "mqtt-packet";
import {
  type Delivery,
  MqttLink,
  type MqttLinkOptions,
} from "../../../oracle/src/broker/link/mqtt-link.ts";
import { freePort } from "../../support/free-port.ts";
import { type BareBroker, bareBroker, pubackOf, publishOf } from "./bare-broker.ts";
import { webSocketFront } from "./web-socket-front.ts";

const isPuback = ({ cmd }: Packet) => cmd === "puback";
const isPublish = ({ cmd }: Packet) => cmd === "publish";
const isPing = ({ cmd }: Packet) => cmd === "pingreq";
const idsOf = (packets: readonly Packet[]) => packets.map(({ messageId }) => messageId);

describe("a link to a broker", () => {
  const brokers: BareBroker[] = [];
  const links: MqttLink[] = [];
  let deliveries: Delivery[] = [];
  let delivered = () => {};

  const start = async (...args: Parameters<typeof bareBroker>) => {
    const broker = await bareBroker(...args);
    brokers.push(broker);
    return broker;
  };
  const open = async ({ url }: BareBroker, options: Partial<MqttLinkOptions> = {}) => {
    const link = await MqttLink.open({
      url,
      clientId: "oracle-0",
      protocolVersion: 5,
      isClean: false,
      onDelivery(delivery) {
        deliveries.push(delivery);
        delivered();
      },
      ...options,
    });
    links.push(link);
    return link;
  };
  const deliveredSoFar = (count: number) =>
    new Promise<void>((resolve) => {
      delivered = () => {
        if (deliveries.length >= count) resolve();
      };
      delivered();
    });
  const refusal = (opening: Promise<MqttLink>) => opening.catch((error: unknown) => error);

  beforeEach(() => {
    deliveries = [];
    delivered = () => {};
  });
  afterEach(async () => {
    for (const link of links.splice(0)) link.destroy();
    for (const broker of brokers.splice(0)) await broker.close();
  });

  it("says what session it wants and how much it takes", async () => {
    const broker = await start();
    const url = broker.url.replace("//", "//oracle:p%40ss@");
    await open({ ...broker, url }, { sessionExpiryS: 60, receiveMaximum: 500 });
    const [connect] = broker.packets;
    expect(connect).to.deep.include({ cmd: "connect", clientId: "oracle-0", clean: false });
    expect(connect).to.have.nested.property("username", "oracle");
    expect(String(Reflect.get(connect ?? {}, "password"))).to.equal("p@ss");
    expect(connect).to.have.deep.nested.property("properties", {
      sessionExpiryInterval: 60,
      receiveMaximum: 500,
      maximumPacketSize: 65_536,
    });
  });

  it("acknowledges in the order in which messages came, whatever is done first", async () => {
    const broker = await start();
    const link = await open(broker);
    broker.send(publishOf(7), publishOf(8), publishOf(9));
    await deliveredSoFar(3);
    deliveries[2]?.acknowledge();
    deliveries[1]?.acknowledge();
    // Goes out behind what would be acknowledged already.
    link.publish("a", Buffer.alloc(0));
    await broker.received(isPublish);
    expect(broker.packets.filter(isPuback)).to.have.length(0);
    deliveries[0]?.acknowledge();
    expect(idsOf(await broker.received(isPuback, 3))).to.eql([7, 8, 9]);
  });

  it("loses no message that comes in one chunk with CONNACK", async () => {
    const broker = await start({ sessionPresent: true }, [publishOf(1, "a"), publishOf(2, "b")]);
    await open(broker);
    await deliveredSoFar(2);
    expect(deliveries.map(({ payload }) => String(payload))).to.eql(["a", "b"]);
  });

  it("has no more receipts under way than the broker takes, and sends the others as it answers", async () => {
    const broker = await start({ properties: { receiveMaximum: 2 } });
    const link = await open(broker);
    const taken: boolean[] = [];
    for (const text of ["a", "b", "c", "d"]) {
      link.publish("fieldseal/1/receipt", Buffer.from(text), (isTaken) => taken.push(isTaken));
    }
    const first = await broker.received(isPublish, 2);
    expect(first).to.have.length(2);
    broker.send(pubackOf(first[0]?.messageId));
    const next = await broker.received(isPublish, 3);
    broker.send(...next.slice(1).map(({ messageId }) => pubackOf(messageId, 0x87)));
    const all = await broker.received(isPublish, 4);
    expect(all.map((packet) => String(Reflect.get(packet, "payload")))).to.eql([
      "a",
      "b",
      "c",
      "d",
    ]);
    expect(taken).to.eql([true, false, false]);
    broker.cut();
    await link.closed;
    expect(taken).to.eql([true, false, false, false]);
  });

  it("pings on and stays while a message waits longer than the keepalive and reading is paused", async () => {
    const broker = await start();
    const link = await open(broker, { pingMs: 20 });
    broker.send(publishOf(1));
    await deliveredSoFar(1);
    link.pause();
    await broker.received(isPing, 4);
    expect(link.isOpen).to.equal(true);
    link.resume();
    deliveries[0]?.acknowledge();
    expect(idsOf(await broker.received(isPuback))).to.eql([1]);
  });

  it("ends when the broker answers no ping", async () => {
    const broker = await start({ properties: { serverKeepAlive: 1 } });
    const link = await open(broker);
    expect(await link.closed).to.have.property("message", "The broker is silent.");
  });

  it("ends when the broker answers pings but not what was published", async () => {
    const broker = await start({}, [], ["connect", "pingreq"]);
    const link = await open(broker, { pingMs: 30 });
    const taken: boolean[] = [];
    link.publish("a", Buffer.from("lost"), (isTaken) => taken.push(isTaken));
    link.publish("a", Buffer.from("answered"), (isTaken) => taken.push(isTaken));
    const [, second] = await broker.received(isPublish, 2);
    broker.send(pubackOf(second?.messageId));
    expect(await link.closed)
      .to.have.property("message")
      .that.matches(/without its answer/);
    expect(taken).to.eql([true, false]);
  });

  it("ends when the broker answers pings but not SUBSCRIBE", async () => {
    const broker = await start({}, [], ["connect", "pingreq"]);
    const link = await open(broker, { pingMs: 30 });
    expect(await link.subscribe("a")).to.equal(128);
    expect(await link.closed)
      .to.have.property("message")
      .that.matches(/without its answer/);
  });

  it("stays while each message is answered in time", async () => {
    const broker = await start({}, [], ["connect", "pingreq"]);
    const link = await open(broker, { pingMs: 30 });
    for (let sent = 1; sent <= 5; sent++) {
      link.publish("a", Buffer.from("text"));
      const pings = broker.packets.filter(isPing).length;
      const packets = await broker.received(isPublish, sent);
      await broker.received(isPing, pings + 1);
      broker.send(pubackOf(packets[sent - 1]?.messageId));
    }
    expect(link.isOpen).to.equal(true);
  });

  it("goes on to send when a broker that read slowly has read", async () => {
    const broker = await start();
    const link = await open(broker);
    link.publish("a", Buffer.alloc(8_000_000));
    await new Promise((resolve) => setImmediate(resolve));
    link.publish("a", Buffer.from("next"));
    expect(await broker.received(isPublish, 2)).to.have.length(2);
  });

  it("sends no packet that is larger than the broker takes", async () => {
    // Header and length of 2, topic of 2 + 1, id of 2, no properties 1: 8 beside the payload.
    const broker = await start({ properties: { maximumPacketSize: 20 } });
    const link = await open(broker);
    const taken: boolean[] = [];
    link.publish("a", Buffer.alloc(13), (isTaken) => taken.push(isTaken));
    expect(taken).to.eql([false]);
    link.publish("a", Buffer.alloc(12), (isTaken) => taken.push(isTaken));
    const [published] = await broker.received(isPublish);
    expect(Reflect.get(published ?? {}, "payload")).to.have.length(12);
  });

  it("keeps of a huge message what it takes to refuse it, and goes on", async () => {
    const broker = await start();
    await open(broker);
    broker.send(publishOf(1, "x".repeat(3_000_000)), publishOf(2, "next"));
    await deliveredSoFar(2);
    expect(deliveries[0]?.payload).to.have.length.within(60_000, 131_072);
    expect(String(deliveries[1]?.payload)).to.equal("next");
  });

  it("does not open at a broker that takes nothing", async () => {
    const nothing = await refusal(open(await start({ properties: { receiveMaximum: 0 } })));
    expect(nothing).to.have.property("code", "MQTT_CONNECT");
  });

  it("speaks through a WebSocket, and notices its end", async () => {
    const broker = await start({}, [], ["connect", "subscribe", "pingreq"]);
    const front = await webSocketFront(broker.url);
    try {
      const link = await open({ ...broker, url: front.url });
      expect(await link.subscribe("a")).to.equal(1);
      broker.send(publishOf(3, "text"));
      await deliveredSoFar(1);
      deliveries[0]?.acknowledge();
      expect(idsOf(await broker.received(isPuback))).to.eql([3]);
      broker.cut();
      await link.closed;
    } finally {
      await front.close();
    }
  });

  for (const [what, bytes] of [
    ["a malformed packet", [0x30, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ["a packet of another kind", [0x82, 0x05, 0, 1, 0, 0, 0]],
    ["QoS 2", [0x34, 6, 0, 1, 97, 0, 1, 0]],
    ["an answer without an end", [0x90, 0xff, 0xff, 0xff, 0x7f, 0, 1]],
    ["DISCONNECT", [0xe0, 2, 0x8e, 0]],
  ] as const) {
    it(`ends at ${what}`, async () => {
      const broker = await start();
      const link = await open(broker);
      broker.sendBytes(Uint8Array.from(bytes));
      expect(await link.closed).to.be.instanceOf(Error);
      expect(link.isOpen).to.equal(false);
    });
  }

  it("does nothing for a message whose connection is over", async () => {
    const broker = await start();
    const link = await open(broker);
    broker.send(publishOf(1));
    await deliveredSoFar(1);
    broker.cut();
    await link.closed;
    deliveries[0]?.acknowledge();
    expect(await link.subscribe("a")).to.equal(128);
    expect(broker.packets.filter(isPuback)).to.have.length(0);
  });

  it("names a refused login, another refusal, silence, and a port where nobody is", async () => {
    const login = await refusal(open(await start({ reasonCode: 0x87 })));
    expect(login).to.have.property("code", "MQTT_LOGIN");
    const busy = await refusal(open(await start({ reasonCode: 0x97 })));
    expect(busy).to.have.property("code", "MQTT_CONNECT");
    const [silent, nobody] = [await start({}, [], []), await freePort()];
    const late = await refusal(open(silent, { connectTimeoutMs: 20 }));
    expect(late).to.have.property("code", "MQTT_CONNECT");
    const gone = { ...silent, url: `mqtt://127.0.0.1:${nobody}` };
    expect(await refusal(open(gone))).to.have.property("code", "MQTT_CONNECT");
    const strange = { ...silent, url: "ftp://127.0.0.1" };
    expect(await refusal(open(strange))).to.have.property("code", "MQTT_CONNECT");
  });
});
