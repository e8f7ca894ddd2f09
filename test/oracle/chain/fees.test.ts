import { expect } from "chai";
import fc from "fast-check";
import {
  bumpFees,
  currentPrice,
  estimateFees,
  feesFor,
  tipFrom,
} from "../../../oracle/src/chain/fees.ts";
import type { Rpc } from "../../../oracle/src/chain/json-rpc.ts";

const gwei = 1_000_000_000n;
const wei = fc.bigInt({ min: 1n, max: 10_000n * gwei });

describe("fees", () => {
  it("of a replacement are at least 12.5 % up, no less than the estimate and never over the cap", () => {
    fc.assert(
      fc.property(wei, wei, wei, wei, wei, (maxFee, tip, newMax, newTip, cap) => {
        const previous = { maxFeeWei: maxFee + tip, tipWei: tip };
        const bumped = bumpFees(previous, { maxFeeWei: newMax + newTip, tipWei: newTip }, cap);
        if (bumped === undefined) return;
        const { maxFeeWei, tipWei = 0n } = bumped;
        expect(maxFeeWei <= cap && tipWei <= maxFeeWei).to.equal(true);
        expect(maxFeeWei * 8n >= previous.maxFeeWei * 9n).to.equal(true);
        expect(tipWei * 8n >= tip * 9n).to.equal(true);
        expect(maxFeeWei >= newMax + newTip).to.equal(true);
      }),
    );
  });

  it("of a replacement stop only at the cap", () => {
    const previous = { maxFeeWei: 8n * gwei, tipWei: gwei };
    expect(bumpFees(previous, previous, 9n * gwei)).to.deep.equal({
      maxFeeWei: 9n * gwei,
      tipWei: 1_125_000_000n,
    });
    expect(bumpFees(previous, previous, 9n * gwei - 1n)).to.equal(undefined);
  });

  it("of a replacement are no lower than what is tipped now", () => {
    const previous = { maxFeeWei: 8n * gwei, tipWei: gwei };
    const present = { maxFeeWei: 6n * gwei, tipWei: 3n * gwei };
    expect(bumpFees(previous, present, 20n * gwei)).to.deep.equal({
      maxFeeWei: 9n * gwei,
      tipWei: 3n * gwei,
    });
  });

  it("of a chain before EIP-1559 rise by their one price", () => {
    const previous = { maxFeeWei: 1_000n, tipWei: undefined };
    expect(bumpFees(previous, previous, gwei)).to.deep.equal({
      maxFeeWei: 1_125n,
      tipWei: undefined,
    });
  });

  it("leave room for the base fee to double", () => {
    expect(feesFor(10n, 3n, 100n)).to.deep.equal({ maxFeeWei: 23n, tipWei: 3n });
    expect(feesFor(10n, 3n, 15n)).to.deep.equal({ maxFeeWei: 15n, tipWei: 3n });
  });

  it("tip what the blocks' median tips, leaving out those that tip nothing", () => {
    expect(tipFrom([0n, 9n, 0n, 5n, 7n], 1n)).to.equal(7n);
    expect(tipFrom([0n, 0n], 4n)).to.equal(4n);
    expect(tipFrom([2n], 4n)).to.equal(4n);
  });

  it("come from the floor where the client knows no fee history", async () => {
    const rpc: Rpc = {
      place: "test",
      async request(method) {
        if (method === "eth_getBlockByNumber") {
          return { number: "0x1", hash: "0x01", timestamp: "0x1", baseFeePerGas: "0x64" };
        }
        const { FieldsealError } = await import("@fieldseal/sdk");
        throw new FieldsealError("CHAIN_RPC", "method not found");
      },
    };
    expect(await estimateFees(rpc, gwei, 7n)).to.deep.equal({ maxFeeWei: 207n, tipWei: 7n });
  });

  /** A client whose newest block has base fee 100 and whose history is as given. */
  const clientWith = (history: unknown): Rpc => ({
    place: "test",
    async request(method) {
      if (method !== "eth_getBlockByNumber") return history;
      return { number: "0x1", hash: "0x01", timestamp: "0x1", baseFeePerGas: "0x64" };
    },
  });

  it("count with the next block's base fee where that is higher", async () => {
    const history = { baseFeePerGas: ["0x64", "0x70"], reward: [["0x5"]] };
    expect(await estimateFees(clientWith(history), gwei, 1n)).to.deep.equal({
      maxFeeWei: 229n,
      tipWei: 5n,
    });
    expect(await currentPrice(clientWith(history), 1n)).to.equal(117n);
  });

  it("come from the floor where a client's history is empty, null or out of shape", async () => {
    const histories = [null, {}, { reward: null }, { reward: [null] }, { reward: [[]] }];
    for (const history of histories) {
      expect(await estimateFees(clientWith(history), gwei, 7n)).to.deep.equal({
        maxFeeWei: 207n,
        tipWei: 7n,
      });
    }
  });

  it("stay under the cap whatever tip a client names", async () => {
    const history = { baseFeePerGas: [], reward: [["0xffffffffffffffffffff"]] };
    const { maxFeeWei, tipWei = 0n } = await estimateFees(clientWith(history), gwei, 1n);
    expect(maxFeeWei).to.equal(gwei);
    expect(tipWei <= gwei).to.equal(true);
  });
});
