import { type AddressInfo, connect, createServer } from "node:net";
import { topicsOf } from "@fieldseal/sdk";
import { expect } from "chai";
import type { Packet } from "mqtt-packet";
import {
  connectExternalBroker,
  type ExternalBrokerOptions,
} from "../../../oracle/src/broker/external-broker.ts";
import { probeProtocol } from "../../../oracle/src/broker/probe-protocol.ts";
import { until } from "../../support/until.ts";
import { type BareBroker, bareBroker, publishOf } from "./bare-broker.ts";
import { newDevice, testCommon, testIngest } from "./fixture.ts";
import { webSocketFront } from "./web-socket-front.ts";

describe("external broker that speaks MQTT 5", () => {
  const ends: (() => Promise<unknown>)[] = [];
  let ingest: ReturnType<typeof testIngest>;
  const { up } = topicsOf("fieldseal/1", newDevice(1).device);
  /** A message of so many bytes, which ingest refuses. */
  const upOf = (messageId: number, bytes: number): Packet => ({
    ...publishOf(messageId, "x".repeat(bytes)),
    ...{ topic: up },
  });

  const start = async (...args: Parameters<typeof bareBroker>) => {
    const broker = await bareBroker(...args);
    ends.push(() => broker.close());
    return broker;
  };
  const open = async (url: string, options: Partial<ExternalBrokerOptions> = {}) => {
    const common = testCommon();
    const reconnect = { firstMs: 5, maxMs: 20 };
    const source = await connectExternalBroker({ common, ingest, url, reconnect, ...options });
    ends.push(() => source.stop());
    return source;
  };
  /** @returns how many messages were handed to ingest since */
  const submissions = () => {
    let count = 0;
    const submit = ingest.submit;
    ingest.submit = (inbound) => {
      count++;
      return submit(inbound);
    };
    return () => count;
  };
  /** What was sent before has come when this is over. */
  const roundTrip = ({ url }: BareBroker) => probeProtocol(url, { clientId: "other" });
  const isPuback = ({ cmd }: Packet) => cmd === "puback";
  /** The CONNECTs of the links that take messages. */
  const members = ({ packets }: BareBroker) =>
    packets.flatMap((packet) =>
      packet.cmd === "connect" && /-\d$/.test(packet.clientId) ? [packet] : [],
    );

  beforeEach(() => {
    ingest = testIngest();
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  it("goes on to be read where reading had to stop while the connection was made", async () => {
    const gate = Promise.withResolvers<void>();
    ingest.before = () => gate.promise;
    const taken = submissions();
    const broker = await start({ sessionPresent: true }, [upOf(1, 3000)]);
    await open(broker.url, { connections: 1, heldBytes: 1000 });
    broker.send(upOf(2, 10));
    await roundTrip(broker);
    expect(taken()).to.equal(1);
    expect(broker.packets.filter(isPuback)).to.eql([]);
    gate.resolve();
    const isAnswer = ({ cmd, messageId }: Packet) => cmd === "puback" && messageId === 2;
    await broker.received(isAnswer);
  });

  it("is left to hold small messages, too, when there are many", async () => {
    const gate = Promise.withResolvers<void>();
    ingest.before = () => gate.promise;
    const taken = submissions();
    const broker = await start();
    await open(broker.url, { connections: 1, heldBytes: 10_000 });
    broker.send(...Array.from({ length: 20 }, (_, at) => upOf(at + 1, 0)));
    await until("reading what comes", () => taken() === 20);
    broker.send(upOf(21, 0));
    await roundTrip(broker);
    expect(taken()).to.equal(20);
    gate.resolve();
    await until("reading on", () => taken() === 21);
  });

  it("may have as much under way as MQTT counts, by WebSocket as much as may be held", async () => {
    const broker = await start();
    await open(broker.url);
    const [plain] = members(broker);
    expect(plain?.properties?.receiveMaximum).to.equal(65_535);
    const front = await webSocketFront(broker.url);
    ends.push(() => front.close());
    await open(front.url, { clientName: "web", heldBytes: 4 * 65_536 });
    const web = members(broker).filter(({ clientId }) => clientId.startsWith("web"));
    expect(web.map(({ properties }) => properties?.receiveMaximum)).to.eql([2, 2]);
  });

  it("shares messages among connections, each with QoS 1 or not at all", async () => {
    const broker = await start();
    await open(broker.url, { connections: 2, group: "us" });
    const subscribed = broker.packets.flatMap((packet) =>
      packet.cmd === "subscribe" ? packet.subscriptions : [],
    );
    expect(subscribed).to.have.length(2);
    for (const { topic, qos } of subscribed) {
      expect({ topic, qos }).to.eql({ topic: "$share/us/fieldseal/1/+/up", qos: 1 });
    }
    const lossy = await start({}, [], ["connect"]);
    const opening = open(lossy.url).catch((error: unknown) => error);
    const [{ messageId = 0 } = {}] = await lossy.received(({ cmd }) => cmd === "subscribe");
    lossy.send({ cmd: "suback", messageId, granted: [0] });
    expect(await opening).to.have.property("code", "BROKER_SUBSCRIPTION");
  });

  it("has what is being committed acknowledged when the service ends", async () => {
    const gate = Promise.withResolvers<void>();
    ingest.before = () => gate.promise;
    const taken = submissions();
    const broker = await start();
    const source = await open(broker.url, { connections: 1 });
    broker.send(upOf(1, 10));
    await until("beginning to commit", () => taken() === 1);
    const stopped = source.stop();
    await roundTrip(broker);
    expect(broker.packets.filter(isPuback)).to.eql([]);
    gate.resolve();
    await stopped;
    expect(await broker.received(isPuback)).to.have.length(1);
  });

  for (const code of ["STOPPING", "STORE_FAILED"]) {
    it(`keeps what ingest answers with ${code} to the end`, async () => {
      let tries = 0;
      ingest.submit = async () => {
        tries++;
        return { kind: "refused", code, message: "Not now." };
      };
      const broker = await start();
      const source = await open(broker.url, { connections: 1 });
      broker.send(upOf(1, 10));
      await until("trying", () => tries > 0);
      await source.stop();
      const before = tries;
      await broker.received(({ cmd }) => cmd === "disconnect", 2);
      expect(broker.packets.filter(isPuback)).to.eql([]);
      expect(tries).to.equal(before);
    });
  }

  it("counts receipts that it would not take", async () => {
    const broker = await start({ properties: { maximumPacketSize: 60 } });
    const common = testCommon();
    const source = await open(broker.url, { common, connections: 1 });
    const { device } = newDevice(1);
    await source.publishReceipt(device, Buffer.alloc(100));
    const { values } = await common.metrics.brokerRefusals.get();
    expect(values.map(({ labels, value }) => [labels.code, value])).to.deep.include([
      "RECEIPT_UNSENT",
      1,
    ]);
  });

  it("tells logs apart whose topics have different prefixes", async () => {
    const broker = await start();
    await open(broker.url, { connections: 1 });
    await open(broker.url, { connections: 1 });
    await open(broker.url, { connections: 1, prefix: "fieldseal/2" });
    const [first, again, other] = members(broker).map(({ clientId }) => clientId);
    expect(again).to.equal(first);
    expect(other)
      .to.match(/^fieldseal-oracle-[0-9a-f]{8}-0$/)
      .and.not.equal(first);
  });

  it("is not taken for an old one because it answered nothing while it started", async () => {
    const broker = await start();
    let connections = 0;
    const door = createServer((socket) => {
      socket.on("error", () => {});
      if (connections++ === 0) return socket.destroy();
      const through = connect(Number(new URL(broker.url).port), "127.0.0.1");
      through.on("error", () => {});
      socket.pipe(through).pipe(socket);
    });
    await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
    ends.push(() => new Promise((resolve) => door.close(resolve)));
    const url = `mqtt://127.0.0.1:${(door.address() as AddressInfo).port}`;
    expect(await probeProtocol(url, { clientId: "probe" })).to.equal(5);
    expect(connections).to.equal(3);
  });
});
