import { expect } from "chai";
import { Acknowledgements } from "../../../oracle/src/broker/link/acknowledgements.ts";

/** Ids of PUBACKs of four bytes each. */
const idsOf = (packets: Buffer | undefined): number[] =>
  Array.from({ length: (packets?.length ?? 0) / 4 }, (_, at) => {
    expect(packets?.readUInt16BE(4 * at)).to.equal(0x4002);
    return packets?.readUInt16BE(4 * at + 2) ?? 0;
  });

describe("acknowledgements of a link", () => {
  it("are of messages that are done, and of none behind one that is not", () => {
    const acknowledgements = new Acknowledgements();
    const [first, second, third] = [7, 8, 9].map((id) => acknowledgements.take(id));
    expect(acknowledgements.flush()).to.equal(undefined);
    third?.();
    second?.();
    expect(acknowledgements.flush()).to.equal(undefined);
    expect(acknowledgements.length).to.equal(3);
    first?.();
    expect(idsOf(acknowledgements.flush())).to.eql([7, 8, 9]);
    expect(acknowledgements.length).to.equal(0);
    const fourth = acknowledgements.take(7);
    acknowledgements.take(10);
    fourth();
    fourth();
    expect(idsOf(acknowledgements.flush())).to.eql([7]);
    expect(acknowledgements.length).to.equal(1);
    expect(acknowledgements.flush()).to.equal(undefined);
  });

  it("keep their order through thousands, of which some always wait", () => {
    const acknowledgements = new Acknowledgements();
    const open: (() => void)[] = [];
    const ids: number[] = [];
    for (let id = 1; id <= 5000; id++) {
      open.push(acknowledgements.take(id));
      if (id > 10) open[id - 11]?.();
      if (id % 7 === 0) ids.push(...idsOf(acknowledgements.flush()));
    }
    for (const done of open.slice(-10)) done();
    ids.push(...idsOf(acknowledgements.flush()));
    expect(ids).to.eql(Array.from({ length: 5000 }, (_, at) => at + 1));
    expect(acknowledgements.length).to.equal(0);
  });
});
