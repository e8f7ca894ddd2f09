import {
  bodyRoot,
  decodeMessage,
  encodeBody,
  encryptBody,
  memoryOutbox,
  openBody,
  packOf,
  parseLoginToken,
} from "@fieldseal/sdk";
import { expect } from "chai";
import { logId, newDevice, receiptDomain, testIngest } from "../../oracle/broker/fixture.ts";
import {
  broker,
  clock,
  deliver,
  device,
  freshBench,
  operator,
  outbox,
  reading,
  receiptFor,
  sequences,
  start,
  types,
  useOutbox,
} from "./client-bench.ts";

describe("device client", () => {
  beforeEach(freshBench);

  describe("sequences", () => {
    it("begin with the boot counter and count from one", async () => {
      const client = await start();
      const messages = [await client.send([reading]), await client.send([reading])];
      expect(messages.map(({ sequence }) => sequence)).to.deep.equal([
        0x1_0000_0001n,
        0x1_0000_0002n,
      ]);
      const restarted = await start();
      expect((await restarted.send([reading])).sequence).to.equal(0x2_0000_0001n);
    });

    it("are given in order to readings sent at the same time", async () => {
      const client = await start();
      const messages = await Promise.all(Array.from({ length: 20 }, () => client.send([reading])));
      const expected = Array.from({ length: 20 }, (_, i) => 0x1_0000_0001n + BigInt(i));
      expect(messages.map(({ sequence }) => sequence)).to.deep.equal(expected);
    });

    it("leave no gap for a message that a full outbox refused", async () => {
      useOutbox(memoryOutbox({ lastBoot: 0, maxMessages: 1 }));
      const client = await start();
      await client.step();
      await client.send([reading]);
      const error = await client.send([reading]).catch((caught: unknown) => caught);
      expect(error).to.have.property("code", "OUTBOX_FULL");
      await deliver(await receiptFor(broker.sent[0] as Uint8Array));
      expect((await client.send([reading])).sequence).to.equal(0x1_0000_0002n);
    });

    it("stay unused where a message was given up to make room", async () => {
      useOutbox(memoryOutbox({ lastBoot: 0, maxMessages: 1 }));
      const client = await start();
      const first = await client.send([reading]);
      await client.abandon(first);
      expect(client.pending).to.equal(0);
      expect((await client.send([reading])).sequence).to.equal(0x1_0000_0002n);
      await client.step();
      expect(sequences()).to.deep.equal([2n]);
    });

    it("are never used again after a write that may have reached the disk", async () => {
      const client = await start({
        outbox: { ...outbox, put: () => Promise.reject(new Error("input/output error")) },
      });
      await client.send([reading]).catch(() => {});
      const signed: bigint[] = [];
      const failing = await start({
        outbox: {
          ...outbox,
          async put({ sequence }) {
            signed.push(sequence);
            throw new Error("input/output error");
          },
        },
      });
      for (let i = 0; i < 3; i++) await failing.send([reading]).catch(() => {});
      expect(new Set(signed).size).to.equal(3);
    });
  });

  describe("messages", () => {
    it("wait in the outbox while there is no connection and go out in order once there is", async () => {
      const client = await start();
      for (let i = 0; i < 3; i++) await client.send([reading]);
      expect(broker.sent).to.deep.equal([]);
      await client.step();
      expect(sequences()).to.deep.equal([1n, 2n, 3n]);
      expect(outbox.entries().length).to.equal(3);
    });

    it("leave the outbox with a stored receipt of a known operator", async () => {
      const client = await start();
      await client.step();
      await client.send([reading]);
      await deliver(await receiptFor(broker.sent[0] as Uint8Array));
      expect(outbox.entries()).to.deep.equal([]);
      expect(client.pending).to.equal(0);
      expect(types()).to.deep.equal(["connected", "stored", "settled"]);
    });

    it("stay until as many different operators as needed have stored them", async () => {
      const [second, third] = [testIngest(), testIngest()];
      const operators = [operator, second, third].map(({ operator: address }) => address);
      const log = { domain: receiptDomain, logId, operators };
      const client = await start({ storedNeeded: 2, log });
      await client.step();
      await client.send([reading]);
      const [sent] = broker.sent as [Uint8Array];
      await deliver(await receiptFor(sent));
      await deliver(await receiptFor(sent));
      expect(client.pending).to.equal(1);
      await deliver(await receiptFor(sent, third));
      expect(client.pending).to.equal(0);
    });

    it("are sent again with growing delays until there is a receipt", async () => {
      const client = await start();
      await client.step();
      await client.send([reading]);
      const delays: number[] = [];
      for (let i = 0; i < 4; i++) {
        const delayMs = await client.step();
        delays.push(Math.round(delayMs / 1000));
        clock.advance(delayMs);
      }
      await client.step();
      expect(delays).to.deep.equal([10, 20, 40, 60]);
      expect(sequences()).to.deep.equal([1n, 1n, 1n, 1n]);
    });

    it("are sent again, the same bytes, on a new connection", async () => {
      const client = await start();
      await client.step();
      await client.send([reading]);
      await client.send([reading]);
      broker.drop();
      expect(client.connected).to.equal(false);
      clock.advance(await client.step());
      await client.step();
      expect(sequences()).to.deep.equal([1n, 2n, 1n, 2n]);
      expect(broker.sent[2]).to.deep.equal(broker.sent[0]);
    });

    it("left by an earlier run are sent by the next", async () => {
      const first = await start();
      await first.send([reading]);
      await first.close();
      const second = await start();
      await second.send([reading]);
      await second.step();
      expect(sequences()).to.deep.equal([1n, (1n << 32n) + 1n]);
    });

    it("under way are bounded by the window; a receipt makes room", async () => {
      const client = await start({ limits: { window: 2 } });
      for (let i = 0; i < 4; i++) await client.send([reading]);
      await client.step();
      expect(sequences()).to.deep.equal([1n, 2n]);
      await deliver(await receiptFor(broker.sent[1] as Uint8Array));
      expect(sequences()).to.deep.equal([1n, 2n, 3n]);
    });

    it("may be JSON, or a body that the device encrypted itself", async () => {
      const client = await start({ encoding: "json" });
      await client.step();
      await client.send([reading]);
      expect(decodeMessage(broker.sent[0] as Uint8Array).body.kind).to.equal("json");
      const plain = encodeBody({ salt: new Uint8Array(16), pack: packOf([reading]) });
      const { salt, records } = openBody(plain);
      const sealed = await encryptBody(plain, new Uint8Array(32), new Uint8Array(12));
      await client.sendBody(sealed, bodyRoot(salt, records));
      const second = decodeMessage(broker.sent[1] as Uint8Array);
      expect(second.body.kind).to.equal("encrypted");
      expect(second.root).to.deep.equal(bodyRoot(salt, records));
    });
  });

  describe("logins", () => {
    const tokens = () => broker.attempts.map(({ password }) => parseLoginToken(password));

    it("are made afresh for each attempt, so that a long cut does not leave an expired one", async () => {
      const client = await start();
      await client.step();
      broker.drop();
      broker.fail("MQTT_CONNECT");
      clock.advance(7_200_000);
      clock.advance(await client.step());
      broker.fail(undefined);
      await client.step();
      expect(client.connected).to.equal(true);
      const nowS = clock.nowMs() / 1000;
      expect(tokens().at(-1)?.issuedS).to.equal(Math.floor(nowS));
    });

    it("are renewed before they end, while connected", async () => {
      const client = await start({ limits: { tokenLifeS: 600 } });
      let waitedMs = await client.step();
      for (let i = 0; i < 30 && broker.attempts.length === 1; i++) {
        clock.advance(waitedMs);
        waitedMs = await client.step();
      }
      const [first, second] = tokens();
      expect(client.connected).to.equal(true);
      expect(second?.issuedS).to.be.lessThan(first?.expiresS ?? 0);
      expect(second?.issuedS).to.be.at.least((first?.expiresS ?? 0) - 60);
    });

    it("that fail are tried again with growing delays", async () => {
      broker.fail("MQTT_LOGIN");
      const client = await start();
      const delays: number[] = [];
      for (let i = 0; i < 7; i++) {
        const delayMs = await client.step();
        delays.push(Math.round(delayMs / 1000));
        clock.advance(delayMs);
      }
      expect(delays).to.deep.equal([1, 2, 4, 8, 16, 32, 60]);
      expect(types()).to.deep.equal(new Array(7).fill("connectFailed"));
    });

    it("carry the device id thrice and a will on its state", async () => {
      const client = await start();
      await client.step();
      const [attempt] = broker.attempts;
      expect(attempt?.clientId).to.equal(device.device);
      expect(attempt?.username).to.equal(device.device);
      expect(tokens()[0]?.device).to.equal(device.device);
      expect(attempt?.will?.topic).to.equal(`fieldseal/1/${device.device}/state`);
      expect(broker.states).to.deep.equal(['{"online":true}']);
    });
  });

  describe("rotation", () => {
    it("signs new messages and logins with the new key and leaves old messages as they were", async () => {
      const client = await start();
      await client.step();
      await client.send([reading]);
      const next = newDevice(1);
      await client.rotateTo(next.signer, 1);
      const message = await client.send([reading]);
      expect(message).to.include({ keyIndex: 1, sequence: 0x1_0000_0001n });
      await client.step();
      const sent = broker.sent.map((bytes) => decodeMessage(bytes));
      expect(sent.map(({ keyIndex }) => keyIndex)).to.deep.equal([0, 0, 1]);
      expect(broker.sent[1]).to.deep.equal(broker.sent[0]);
      expect(parseLoginToken(broker.attempts[1]?.password ?? "").alg).to.equal("ES256K");
    });

    it("to and fro reuses no sequence of either key", async () => {
      const client = await start();
      const next = newDevice(1);
      const seen = new Set<string>();
      for (let i = 0; i < 6; i++) {
        await client.rotateTo(i % 2 === 0 ? device.signer : next.signer, i % 2);
        const { keyIndex, sequence } = await client.send([reading]);
        seen.add(`${keyIndex}:${sequence}`);
      }
      expect(seen.size).to.equal(6);
    });
  });

  it("takes no readings after it is closed", async () => {
    const client = await start();
    await client.step();
    await client.close();
    const error = await client.send([reading]).catch((caught: unknown) => caught);
    expect(error).to.have.property("code", "OUTBOX_FAILED");
    expect(client.connected).to.equal(false);
  });
});
