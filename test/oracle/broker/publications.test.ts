import { expect } from "chai";
import { type IPublishPacket, parser } from "mqtt-packet";
import { Publications } from "../../../oracle/src/broker/link/publications.ts";

function parsed(bytes: Buffer | undefined, protocolVersion: 4 | 5): IPublishPacket[] {
  const packets: IPublishPacket[] = [];
  const read = parser({ protocolVersion });
  read.on("packet", (packet) => packet.cmd === "publish" && packets.push(packet));
  read.on("error", (error: unknown) => {
    throw error;
  });
  if (bytes !== undefined) read.parse(bytes);
  return packets;
}

const limits = { window: 10, queuedBytes: 5_000_000, packetBytes: Number.POSITIVE_INFINITY };

describe("publications of a link", () => {
  for (const version of [4, 5] as const) {
    it(`are packets of MQTT version ${version}, whatever their size`, () => {
      const publications = new Publications(version, limits);
      const sizes = [0, 100, 127, 128, 16_300, 16_400, 2_097_000, 2_100_000];
      for (const size of sizes) publications.add("töpic", Buffer.alloc(size, 97));
      const packets = parsed(publications.flush(), version);
      expect(packets.map(({ payload }) => payload.length)).to.eql(sizes);
      expect(packets.map(({ messageId }) => messageId)).to.eql([1, 2, 3, 4, 5, 6, 7, 8]);
      for (const { topic, qos } of packets)
        expect({ topic, qos }).to.eql({ topic: "töpic", qos: 1 });
    });
  }

  it("wait in so many bytes, which are free again once they go", () => {
    const publications = new Publications(5, { ...limits, queuedBytes: 100 });
    const told: string[] = [];
    const add = (name: string, bytes: number) =>
      publications.add("a", Buffer.alloc(bytes), (isTaken) => told.push(`${name} ${isTaken}`));
    add("first", 60);
    add("second", 40);
    add("third", 1);
    expect(told).to.eql(["third false"]);
    expect(parsed(publications.flush(), 5)).to.have.length(2);
    add("fourth", 100);
    publications.acknowledge(2, true);
    expect(publications.acknowledge(2, true)).to.equal(false);
    publications.fail();
    expect(told.slice(1)).to.eql(["second true", "first false", "fourth false"]);
    add("fifth", 100);
    expect(told).to.have.length(4);
  });

  it("never use an id that is under way, and never 0", () => {
    const publications = new Publications(5, { ...limits, window: 2 });
    publications.add("a", Buffer.alloc(0));
    publications.flush();
    const ids = new Set<number | undefined>();
    for (let count = 0; count < 70_000; count++) {
      publications.add("a", Buffer.alloc(0));
      const id = publications.flush()?.readUInt16BE(5) ?? 0;
      ids.add(id);
      publications.acknowledge(id, true);
    }
    expect(ids.size).to.equal(65_534);
    expect(ids.has(0) || ids.has(1)).to.equal(false);
  });
});
