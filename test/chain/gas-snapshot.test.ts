import { expect } from "chai";
import { gasBars } from "../../bench/gas/bars.ts";
import { codeSizeLimit } from "../../bench/gas/code-sizes.ts";
import { measureGas } from "../../bench/gas/measure-gas.ts";
import { type Figures, roundFigure } from "../../bench/results/figures.ts";
import { figuresOf, gasGroups } from "../../bench/results/merge-figures.ts";
import { readResults } from "../../bench/results/results-file.ts";

const outOfStep = "bench/results.json is out of step with the contracts: run npm run bench:gas";

describe("gas and code sizes", () => {
  let measured: Figures;

  before(async function () {
    this.timeout(60_000);
    measured = await measureGas();
  });

  it("are what bench/results.json says", () => {
    const rounded = Object.fromEntries(
      Object.entries(measured).map(([key, value]) => [key, roundFigure(value)]),
    );
    expect(rounded, outOfStep).to.deep.equal(figuresOf(readResults(), gasGroups));
  });

  for (const { key, atMost } of gasBars) {
    it(`stay within ${atMost} for ${key}`, () => {
      expect(measured[key]).to.be.at.most(atMost);
    });
  }

  it("leave every deployed contract below the size that a chain takes", () => {
    const sizes = Object.values(figuresOf(measured, ["size"]));
    expect(sizes).to.have.length.above(0);
    for (const size of sizes) expect(size).to.be.at.most(codeSizeLimit);
  });
});
