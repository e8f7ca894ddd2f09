import { expect } from "chai";
import { generate, type Packet, parser } from "mqtt-packet";
import { packetTrimmer } from "../../../oracle/src/broker/link/packet-trimmer.ts";
import { publishOf } from "./bare-broker.ts";

const most = 200;

/** What is parsed of bytes that come in chunks of one size. */
function parsed(bytes: Buffer, size: number): Packet[] {
  const trim = packetTrimmer(most);
  const packets: Packet[] = [];
  const read = parser({ protocolVersion: 4 });
  read.on("packet", (packet) => packets.push(packet));
  read.on("error", (error: unknown) => {
    throw error;
  });
  for (let at = 0; at < bytes.length; at += size) {
    const part = trim(bytes.subarray(at, at + size));
    if (part.length > 0) read.parse(part);
  }
  return packets;
}

describe("packets of a broker", () => {
  // Beside the payload: topic 2 + 14, id 2.
  const [fitting, large, huge] = [most - 18, most - 17, 20_000];
  const bytes = Buffer.concat(
    [
      publishOf(1, "a".repeat(fitting)),
      publishOf(2, "b".repeat(large)),
      { cmd: "pingresp" } as const,
      publishOf(3, "c".repeat(huge)),
      publishOf(4, "d".repeat(huge)),
      publishOf(5),
    ].map((packet) => generate(packet)),
  );

  for (const size of [1, 2, 3, 5, 199, 1000, bytes.length]) {
    it(`are whole, or cut where they are too large, in chunks of ${size} bytes`, () => {
      const packets = parsed(bytes, size);
      const told = packets.map((packet) =>
        packet.cmd === "publish"
          ? `${packet.messageId} ${String(packet.payload).slice(0, 1)}${packet.payload.length}`
          : packet.cmd,
      );
      expect(told).to.eql([
        `1 a${fitting}`,
        `2 b${fitting}`,
        "pingresp",
        `3 c${fitting}`,
        `4 d${fitting}`,
        "5 0",
      ]);
    });
  }

  it("are handed on without a copy where nothing is cut", () => {
    const chunk = generate(publishOf(1, "a"));
    expect(packetTrimmer(most)(chunk)).to.equal(chunk);
  });

  it("that are too large and no messages are not gathered", () => {
    const suback = Buffer.from([0x90, 0xff, 0xff, 0xff, 0x7f, 0, 1]);
    expect(() => packetTrimmer(most)(suback)).to.throw(/too large/);
  });

  it("whose length is none are left to the parser to refuse", () => {
    const malformed = Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    expect(() => parsed(malformed, 6)).to.throw(/variable byte/i);
  });
});
