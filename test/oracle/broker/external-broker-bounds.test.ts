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
    const broker = await start({ sessionPresent: true }, [upOf(1, 3000)]);
    await open(broker.url, { connections: 1, heldBytes: 1000 });
    expect(broker.packets.filter(({ cmd }) => cmd === "puback")).to.eql([]);
    broker.send(upOf(2, 10));
    gate.resolve();
    const isAnswer = ({ cmd, messageId }: Packet) => cmd === "puback" && messageId === 2;
    await broker.received(isAnswer);
  });

  it("is left to hold small messages, too, when there are many", async () => {
    const gate = Promise.withResolvers<void>();
    ingest.before = () => gate.promise;
    let begun = 0;
    const submit = ingest.submit;
    ingest.submit = (inbound) => {
      begun++;
      return submit(inbound);
    };
    const broker = await start();
    await open(broker.url, { connections: 1, heldBytes: 10_000 });
    broker.send(...Array.from({ length: 20 }, (_, at) => upOf(at + 1, 0)));
    await until("reading what comes", () => begun === 20);
    broker.send(upOf(21, 0));
    // What was sent later to others has come long since.
    await probeProtocol(broker.url, { clientId: "other" });
    expect(begun).to.equal(20);
    gate.resolve();
    await until("reading on", () => begun === 21);
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
