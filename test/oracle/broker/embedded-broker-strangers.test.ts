import { expect } from "chai";
import {
  broker,
  common,
  device,
  directory,
  endBroker,
  freshBroker,
  ingest,
  login,
  refusals,
  start,
  topics,
} from "./broker-bench.ts";
import { closed, ended, nextMessage, rawConnection } from "./clients.ts";
import { newDevice } from "./fixture.ts";

describe("embedded broker", () => {
  beforeEach(freshBroker);
  afterEach(endBroker);

  describe("strangers", () => {
    it("who send garbage, or a first packet that is no CONNECT, are cut off", async () => {
      const http = Buffer.from("GET / HTTP/1.1\r\n\r\n");
      const noise = Buffer.alloc(5000, 0x10);
      const publish = Buffer.from([0x30, 0x05, 0x00, 0x01, 0x61, 0x62, 0x63]);
      for (const bytes of [http, noise, publish]) {
        await ended(await rawConnection(broker.port, bytes));
      }
    });

    it("who announce a packet that is too large are cut off before it is sent", async () => {
      await ended(await rawConnection(broker.port, Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f])));
    });

    it("who do not finish CONNECT in time are cut off", async () => {
      await broker.stop();
      await start({ connectMs: 30 });
      await ended(await rawConnection(broker.port, Buffer.from([0x10, 0x20, 0x00])));
      await ended(await rawConnection(broker.port));
    });

    it("who open many connections from one address leave room for others", async () => {
      await broker.stop();
      await start({ connectionsPerAddress: 3 });
      const held = [];
      for (let i = 0; i < 3; i++) held.push(await rawConnection(broker.port));
      await ended(await rawConnection(broker.port));
      expect(await refusals()).to.deep.equal(["TOO_MANY_CONNECTIONS"]);
      const [first] = held;
      first?.destroy();
      const { metrics } = common;
      await login().catch(() => login().catch(() => login()));
      expect((await metrics.brokerSessions.get()).values[0]?.value).to.equal(1);
      for (const socket of held) socket.destroy();
    });

    it("who are devices but announce a packet over 64 KiB are cut off", async () => {
      const client = await login();
      client.publishAsync(topics().up, Buffer.alloc(70_000), { qos: 1 }).catch(() => {});
      await closed(client);
      expect(ingest.stored).to.deep.equal([]);
    });

    it("who are devices but read no receipts do not hold up others' while they are connected", async () => {
      await broker.stop();
      await start({ unreadBytes: 1e9 });
      const deaf = await login();
      await deaf.subscribeAsync(topics().receipt);
      deaf.stream.pause();
      const large = new Uint8Array(60_000);
      for (let i = 0; i < 300; i++) await broker.publishReceipt(device.device, large);
      const other = newDevice(1);
      directory.enrol(other);
      const reader = await login(other);
      await reader.subscribeAsync(topics(other).receipt);
      const read = nextMessage(reader);
      void broker.publishReceipt(other.device, Uint8Array.of(1));
      expect((await read).bytes.length).to.equal(1);
      expect(deaf.connected).to.equal(true);
      deaf.end(true);
    });

    it("who are devices but read no receipts are cut off, and others' receipts still arrive", async () => {
      await broker.stop();
      await start({ unreadBytes: 10_000 });
      const deaf = await login();
      await deaf.subscribeAsync(topics().receipt);
      const gone = closed(deaf);
      const other = newDevice(1);
      directory.enrol(other);
      const reader = await login(other);
      await reader.subscribeAsync(topics(other).receipt);
      deaf.stream.pause();
      const read = nextMessage(reader);
      const large = new Uint8Array(60_000);
      let cut = false;
      void gone.then(() => {
        cut = true;
      });
      for (let i = 0; i < 5000 && !cut; i++) {
        void broker.publishReceipt(device.device, large);
        await broker.publishReceipt(other.device, large.subarray(0, 10));
      }
      expect((await read).bytes.length).to.equal(10);
      deaf.stream.resume();
      await gone;
      expect(await refusals()).to.include("RECEIPTS_UNREAD");
    });
  });
});
