import {
  type DeviceClient,
  decodeMessage,
  decodeReceipt,
  encodeReceipt,
  type Receipt,
} from "@fieldseal/sdk";
import { expect } from "chai";
import { logId, receiptDomain, testIngest } from "../../oracle/broker/fixture.ts";
import {
  altered,
  broker,
  clock,
  deliver,
  device,
  events,
  freshBench,
  operator,
  outbox,
  reading,
  receiptFor,
  refusal,
  sequences,
  settle,
  start,
  types,
  useOutbox,
} from "./client-bench.ts";

describe("device client: receipts", () => {
  beforeEach(freshBench);

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
    /** A device whose key signs what nobody asked it to. */
    const faulty = {
      ...device.signer,
      sign: () => device.signer.sign(new Uint8Array(32), "sha256"),
    };

    it("for good, of a message at fault, set it aside with the reason, and it is not sent again", async () => {
      const client = await start({ signer: faulty });
      await client.step();
      await client.send([reading]);
      const sent = broker.sent.length;
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
      expect(broker.sent.length).to.equal(sent);
    });

    it("for good, invented about a sound message, only hold it back", async () => {
      const client = await start();
      await client.step();
      await client.send([reading]);
      for (const code of ["SIGNATURE_INVALID", "BODY_ROOT_MISMATCH", "KEY_EXPIRED"]) {
        await deliver(refusal(code, 1n));
        expect(outbox.entries().length, code).to.equal(1);
        expect(events.at(-1)).to.include({ type: "refused", code, buried: false });
      }
      await client.send([reading]);
      expect(sequences()).to.deep.equal([1n, 2n]);
      clock.advance(3_000_000);
      await client.step();
      expect(sequences().slice(2)).to.include(1n);
    });

    it("for good, confirmed by somebody trusted, set the message aside", async () => {
      const asked: string[] = [];
      const client = await start({
        confirmRefusal: async (code) => asked.push(code) > 1,
      });
      await client.step();
      await client.send([reading]);
      await deliver(refusal("KEY_EXPIRED", 1n));
      expect(outbox.entries().length).to.equal(1);
      await deliver(refusal("KEY_EXPIRED", 1n));
      expect(outbox.deadLetters()[0]).to.include({ code: "KEY_EXPIRED" });
      expect(asked).to.deep.equal(["KEY_EXPIRED", "KEY_EXPIRED"]);
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
      useOutbox({ ...outbox, bury: async () => false });
      const client = await start({ signer: faulty });
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
});
