import { once } from "node:events";
import { signMessage, topicsOf } from "@fieldseal/sdk";
import { expect } from "chai";
import fc from "fast-check";
import {
  type EmbeddedBroker,
  startEmbeddedBroker,
} from "../../../oracle/src/broker/embedded-broker.ts";
import { packetScanner } from "../../../oracle/src/broker/packet-guard.ts";
import { testAuthority } from "../access/fixture.ts";
import { audience, connectAs, ended, rawConnection, tokenOf } from "./clients.ts";
import { domain, newDevice, testCommon, testDirectory, testIngest } from "./fixture.ts";

/** An MQTT 3.1.1 packet: fixed header, remaining length, body. */
function packet(header: number, body: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Uint8Array.of(header, ...length), body]);
}

function field(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return Buffer.concat([Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}

function connectPacket(id: string, password: string): Uint8Array {
  const header = Uint8Array.of(4, 0xc2, 0, 60);
  return packet(
    0x10,
    Buffer.concat([field("MQTT"), header, field(id), field(id), field(password)]),
  );
}

describe("packet guard", () => {
  const limits = { connectBytes: 300, packetBytes: 1000 };
  const connect = packet(0x10, new Uint8Array(20));
  /** Feeds a stream in pieces of random sizes; answers the first objection. */
  const feed = (stream: Uint8Array, sizes: readonly number[]) => {
    const scan = packetScanner(limits);
    for (let at = 0, turn = 0; at < stream.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1;
      const objection = scan(stream.subarray(at, at + size));
      if (objection !== undefined) return objection;
      at += size;
    }
    return undefined;
  };
  const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 });

  it("lets any packets within the limits pass, however they are cut into chunks", () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 6 });
    fc.assert(
      fc.property(lengths, sizes, (list, cuts) => {
        const packets = list.map((length) => packet(0x30, new Uint8Array(length).fill(0x10)));
        expect(feed(Buffer.concat([connect, ...packets]), cuts)).to.equal(undefined);
      }),
    );
  });

  it("stops at a packet over the limit, wherever it comes and however it is cut", () => {
    const over = fc.integer({ min: 1001, max: 300_000 });
    fc.assert(
      fc.property(fc.nat(5), over, sizes, (before, length, cuts) => {
        const small = Array.from({ length: before }, () => packet(0x30, new Uint8Array(9)));
        const large = packet(0x30, new Uint8Array(length)).subarray(0, 5);
        expect(feed(Buffer.concat([connect, ...small, large]), cuts)).to.equal(
          "The packet is too large.",
        );
      }),
    );
  });

  it("stops at a first packet that is no CONNECT, or too long a one", () => {
    expect(feed(packet(0x30, new Uint8Array(3)), [1])).to.equal("The first packet is no CONNECT.");
    expect(feed(packet(0x10, new Uint8Array(301)), [1])).to.equal("The packet is too large.");
    expect(feed(Uint8Array.of(0x10, 0x80, 0x80, 0x80, 0x80), [5])).to.equal(
      "The packet's length is malformed.",
    );
  });
});

describe("embedded broker under arbitrary bytes", () => {
  const common = testCommon();
  const directory = testDirectory();
  const ingest = testIngest();
  const [noisy, honest] = [newDevice(1), newDevice(2)];
  let broker: EmbeddedBroker;

  before(async () => {
    directory.enrol(noisy);
    directory.enrol(honest);
    const { clock } = common;
    const authority = testAuthority({ devices: directory, clock, audience });
    broker = await startEmbeddedBroker({ common, authority, ingest, port: 0 });
  });
  after(() => broker.stop());

  it("stays up and keeps serving others, before and after a login of the sender", async () => {
    const reference = await connectAs(broker.url, honest, common.clock.nowMs());
    const { signer, device } = honest;
    const readings = [{ name: "level", unit: "m", value: 1 }];
    const salt = new Uint8Array(16);
    const token = await tokenOf(noisy, common.clock.nowMs());
    const hello = connectPacket(noisy.device, token);
    const { up } = topicsOf("fieldseal/1", noisy.device);
    const headers = fc.integer({ min: 0, max: 255 });
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 100 }).map((tail) => Buffer.concat([field(up), tail])),
    );
    const packets = fc.array(
      fc.tuple(headers, bodies).map(([header, body]) => packet(header, body)),
      { minLength: 1, maxLength: 5 },
    );
    const noise = fc.oneof(packets.map(Buffer.concat), fc.uint8Array({ maxLength: 400 }));
    let sequence = 0n;
    await fc.assert(
      fc.asyncProperty(fc.boolean(), noise, async (isLoggedIn, bytes) => {
        const socket = await rawConnection(broker.port, isLoggedIn ? hello : undefined);
        if (isLoggedIn) await once(socket, "data");
        socket.end(bytes);
        await ended(socket);
        sequence += 1n;
        const facts = { signer, device, keyIndex: 0, sequence, domain };
        const message = await signMessage({ ...facts, readings, salt });
        const topic = topicsOf("fieldseal/1", device).up;
        await reference.publishAsync(topic, message.bytes as Buffer, { qos: 1 });
        expect(ingest.sequences.at(-1)).to.equal(sequence);
      }),
      { numRuns: 60 },
    );
    reference.end(true);
  });
});
