import {
  bodyRoot,
  DeviceClient,
  type DeviceClientConfig,
  type DeviceEvent,
  decodeMessage,
  decodeReceipt,
  encodeBody,
  encodeReceipt,
  encryptBody,
  memoryOutbox,
  type Outbox,
  openBody,
  packOf,
  parseLoginToken,
  type Receipt,
} from "@fieldseal/sdk";
import { expect } from "chai";
import {
  domain,
  handClock,
  logId,
  newDevice,
  receiptDomain,
  testIngest,
} from "../../oracle/broker/fixture.ts";
import { fakeMqtt } from "./fake-mqtt.ts";

const reading = { name: "temperature", unit: "Cel", value: 21.5 };

describe("device client", () => {
  let clock: ReturnType<typeof handClock>;
  let broker: ReturnType<typeof fakeMqtt>;
  let operator: ReturnType<typeof testIngest>;
  let outbox: Outbox;
  let events: DeviceEvent[];
  const device = newDevice(2);

  const start = (overrides: Partial<DeviceClientConfig> = {}) =>
    DeviceClient.start({
      device: device.device,
      signer: device.signer,
      keyIndex: 0,
      domain,
      log: { domain: receiptDomain, logId, operators: [operator.operator] },
      mqtt: broker.mqtt,
      outbox,
      clock,
      // 128 of 255 leaves delays as they are, within a thousandth.
      random: (length) => new Uint8Array(length).fill(128),
      onEvent: (event) => events.push(event),
      ...overrides,
    });
  const types = () => events.map(({ type }) => type);
  const sequences = () => broker.sent.map((bytes) => decodeMessage(bytes).sequence - (1n << 32n));
  /** The receipt an operator makes of a message that was sent. */
  const receiptFor = async (bytes: Uint8Array, by = operator): Promise<Uint8Array> => {
    const outcome = await by.submit({ bytes, source: "mqtt", client: "" });
    if (outcome.kind === "refused") throw new Error(outcome.code);
    return outcome.receipt;
  };
  const altered = async (bytes: Uint8Array, change: object): Promise<Uint8Array> =>
    encodeReceipt({ ...decodeReceipt(await receiptFor(bytes)), ...change } as Receipt);
  const refusal = (code: string, sequence: bigint): Uint8Array =>
    encodeReceipt({
      t: "refused",
      code,
      message: "why",
      keyIndex: 0,
      sequence: (1n << 32n) + sequence,
    });
  /** Lets what a receipt set off come to its end; nothing here waits for time. */
  const settle = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
  const deliver = async (bytes: Uint8Array) => {
    broker.receipt(bytes);
    await settle();
  };

  beforeEach(() => {
    clock = handClock();
    broker = fakeMqtt();
    operator = testIngest();
    outbox = memoryOutbox({ lastBoot: 0 });
    events = [];
  });

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
      outbox = memoryOutbox({ lastBoot: 0, maxMessages: 1 });
      const client = await start();
      await client.step();
      await client.send([reading]);
      const error = await client.send([reading]).catch((caught: unknown) => caught);
      expect(error).to.have.property("code", "OUTBOX_FULL");
      await deliver(await receiptFor(broker.sent[0] as Uint8Array));
      expect((await client.send([reading])).sequence).to.equal(0x1_0000_0002n);
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

  describe("forged receipts", () => {
    let client: DeviceClient;
    let sent: Uint8Array;
    beforeEach(async () => {
      client = await start();
      await client.step();
      await client.send([reading]);
      [sent] = broker.sent as [Uint8Array];
    });
    const expectKept = (code: string) => {
      expect(outbox.entries().length).to.equal(1);
      const last = events.at(-1);
      expect(last?.type).to.equal("badReceipt");
      expect(last).to.have.nested.property("error.code", code);
    };

    it("of an operator outside the committee change nothing", async () => {
      await deliver(await receiptFor(sent, testIngest()));
      expectKept("RECEIPT_SIGNATURE");
    });

    it("that name an operator who did not sign change nothing", async () => {
      const stranger = await receiptFor(sent, testIngest());
      const forged = { ...decodeReceipt(stranger), operator: operator.operator } as Receipt;
      await deliver(encodeReceipt(forged));
      expectKept("RECEIPT_SIGNATURE");
    });

    it("for another message, content or log change nothing", async () => {
      const other = await receiptFor((await otherMessage()).bytes);
      await deliver(encodeReceipt({ ...decodeReceipt(other), ...identity() } as Receipt));
      expectKept("RECEIPT_MESSAGE");
      await deliver(await altered(sent, { messageRoot: new Uint8Array(32) }));
      expectKept("RECEIPT_MESSAGE");
      await deliver(await altered(sent, { logId: 2n }));
      expectKept("RECEIPT_MESSAGE");
    });

    it("with another deadline than was signed change nothing", async () => {
      await deliver(await altered(sent, { deadline: 99n }));
      expectKept("RECEIPT_SIGNATURE");
    });

    it("that are no receipts change nothing", async () => {
      await deliver(Uint8Array.of(0xa0));
      expectKept("RECEIPT_FORMAT");
    });

    it("on another topic than the device's own are not read", async () => {
      broker.receipt(await receiptFor(sent), "fieldseal/1/0x00/receipt");
      await settle();
      expect(outbox.entries().length).to.equal(1);
    });

    const identity = () => {
      const { keyIndex, sequence, root } = decodeMessage(sent);
      return { keyIndex, sequence, messageRoot: root };
    };
    const otherMessage = async () => {
      await client.send([{ ...reading, value: 3 }]);
      const bytes = broker.sent[1] as Uint8Array;
      await deliver(await receiptFor(bytes));
      return { bytes };
    };
  });

  describe("sealed receipts", () => {
    const sealed = (bytes: Uint8Array): Uint8Array => {
      const { keyIndex, sequence, root } = decodeMessage(bytes);
      return encodeReceipt({
        t: "sealed",
        keyIndex,
        sequence,
        messageRoot: root,
        logId,
        checkpoint: 4n,
        root: new Uint8Array(32),
        size: 1n,
        sealedAt: 1n,
        index: 0n,
        transaction: `0x${"00".repeat(32)}`,
      });
    };

    it("are reported, but on their own word nothing is forgotten", async () => {
      const client = await start();
      await client.step();
      await client.send([reading]);
      await deliver(sealed(broker.sent[0] as Uint8Array));
      expect(types()).to.deep.equal(["connected", "sealed"]);
      expect(client.pending).to.equal(1);
    });

    it("that somebody trusted confirms settle the message; a denied one does not", async () => {
      let truth = false;
      const client = await start({ confirmSealed: async () => truth });
      await client.step();
      await client.send([reading]);
      await deliver(sealed(broker.sent[0] as Uint8Array));
      expect(client.pending).to.equal(1);
      truth = true;
      const receipt = decodeReceipt(sealed(broker.sent[0] as Uint8Array));
      await deliver(encodeReceipt({ ...receipt, messageRoot: new Uint8Array(32) } as Receipt));
      expect(client.pending).to.equal(1);
      await deliver(sealed(broker.sent[0] as Uint8Array));
      expect(client.pending).to.equal(0);
      expect(events.at(-1)).to.include({ type: "settled", by: "sealed" });
    });
  });

  describe("refusals", () => {
    it("for good set the message aside with the reason, and it is not sent again", async () => {
      const client = await start();
      await client.step();
      await client.send([reading]);
      await deliver(refusal("SIGNATURE_INVALID", 1n));
      expect(outbox.entries()).to.deep.equal([]);
      expect(outbox.deadLetters()[0]).to.include({ code: "SIGNATURE_INVALID", reason: "why" });
      expect(events.at(-1)).to.include({
        type: "refused",
        code: "SIGNATURE_INVALID",
        buried: true,
      });
      clock.advance(3_000_000);
      await client.step();
      expect(sequences()).to.deep.equal([1n]);
    });

    it("that concern the device hold back everything, longer each time, until one is stored", async () => {
      const client = await start();
      await client.step();
      await client.send([reading]);
      await client.send([reading]);
      await deliver(refusal("DEVICE_SUSPENDED", 1n));
      await deliver(refusal("DEVICE_SUSPENDED", 2n));
      expect(outbox.entries().length).to.equal(2);
      const firstMs = await client.step();
      expect(Math.round(firstMs / 1000)).to.equal(5);
      await client.send([reading]);
      expect(sequences()).to.deep.equal([1n, 2n]);
      clock.advance(firstMs);
      await client.step();
      expect(sequences()).to.deep.equal([1n, 2n, 1n, 2n, 3n]);
      await deliver(refusal("DEVICE_SUSPENDED", 1n));
      const secondMs = await client.step();
      expect(Math.round(secondMs / 1000)).to.equal(10);
      clock.advance(secondMs);
      await client.step();
      await deliver(await receiptFor(broker.sent.at(-1) as Uint8Array));
      await deliver(refusal("BUSY", 2n));
      expect(Math.round((await client.step()) / 1000)).to.equal(5);
    });

    it("that concern one message hold back that one only", async () => {
      const client = await start();
      await client.step();
      await client.send([reading]);
      await deliver(refusal("TIME_AHEAD", 1n));
      await client.send([reading]);
      expect(sequences()).to.deep.equal([1n, 2n]);
      clock.advance(5100);
      await client.step();
      expect(sequences()).to.deep.equal([1n, 2n, 1n]);
    });

    it("do not undo what another operator has stored", async () => {
      const log = { domain: receiptDomain, logId, operators: [operator.operator] };
      const client = await start({ storedNeeded: 2, log });
      await client.step();
      await client.send([reading]);
      await deliver(await receiptFor(broker.sent[0] as Uint8Array));
      await deliver(refusal("MESSAGE_CONFLICT", 1n));
      expect(outbox.entries().length).to.equal(1);
    });

    it("of codes this version does not know count as passing", async () => {
      const client = await start();
      await client.step();
      await client.send([reading]);
      await deliver(refusal("NEWLY_INVENTED", 1n));
      expect(outbox.entries().length).to.equal(1);
    });

    it("leave the message in the outbox when there is no room for a dead letter", async () => {
      outbox = { ...outbox, bury: async () => false };
      const client = await start();
      await client.step();
      await client.send([reading]);
      await deliver(refusal("SIGNATURE_INVALID", 1n));
      expect(outbox.entries().length).to.equal(1);
      expect(events.at(-1)).to.include({ type: "refused", buried: false });
    });

    it("of a message that is not in the outbox hold back nothing", async () => {
      const client = await start();
      await client.step();
      await deliver(refusal("BUSY", 7n));
      await client.send([reading]);
      expect(sequences()).to.deep.equal([1n]);
    });

    it("without an identity are reported and change nothing", async () => {
      const client = await start();
      await client.step();
      await client.send([reading]);
      await deliver(encodeReceipt({ t: "refused", code: "MESSAGE_ENCODING", message: "?" }));
      expect(events.at(-1)).to.include({ type: "refused", facts: undefined, buried: false });
      expect(outbox.entries().length).to.equal(1);
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
