import {
  buildTree,
  checkpointLeaf,
  decodeReceipt,
  encodeReceipt,
  fromHex,
  hex,
  leafHash,
  logDomain,
  type Receipt,
  type SignedFacts,
  type StoredReceipt,
  storedTypes,
  verifyStoredReceipt,
} from "@fieldseal/sdk";
import { encode } from "cborg";
import { expect } from "chai";
import { TypedDataEncoder, Wallet } from "ethers";
import { refusal } from "./support.ts";

const operator = new Wallet(`0x${"42".repeat(32)}`);
const operators = [operator.address];
const domain = logDomain(31337n, `0x${"10".repeat(20)}`);
const facts: SignedFacts[] = Array.from({ length: 5 }, (_, i) => ({
  device: `0x${"aa".repeat(20)}`,
  keyIndex: 1,
  sequence: BigInt(i),
  root: new Uint8Array(32).fill(i),
}));
const mine = facts[3] as SignedFacts;

function storedReceipt(): StoredReceipt {
  const tree = buildTree(facts.map((one) => leafHash(checkpointLeaf(one))));
  const signed = {
    logId: 1n,
    epoch: 2,
    root: hex(tree.root),
    storedAt: 1_700_000_000n,
    deadline: 1_700_003_600n,
  };
  const signature = operator.signingKey.sign(
    TypedDataEncoder.hash(domain, storedTypes, signed),
  ).serialized;
  return {
    t: "stored",
    ...signed,
    root: tree.root,
    index: 3n,
    size: 5n,
    path: tree.path(3),
    signature: fromHex(signature),
    operator: hex(fromHex(operator.address)),
    keyIndex: 1,
    sequence: 3n,
    messageRoot: mine.root,
  };
}

const receipts: Receipt[] = [
  storedReceipt(),
  {
    t: "sealed",
    logId: 1n,
    checkpoint: 7n,
    root: mine.root,
    size: 1n << 60n,
    sealedAt: 1_700_000_000n,
    index: 3n,
    transaction: `0x${"77".repeat(32)}`,
    keyIndex: 1,
    sequence: (1n << 64n) - 1n,
    messageRoot: mine.root,
  },
  { t: "refused", code: "DEVICE_SUSPENDED", message: "It is suspended." },
  { t: "refused", code: "TIME_AHEAD", message: "Ahead.", keyIndex: 0, sequence: 5n },
];

/** As cborg writes it, which was the first encoder. */
function encodedByCborg({ t, ...rest }: Receipt): Uint8Array {
  const fields = new Map<string, unknown>([["t", t]]);
  for (const [name, value] of Object.entries(rest)) {
    const isHex = name === "operator" || name === "transaction";
    fields.set(name, isHex ? fromHex(String(value)) : value);
  }
  return encode(fields);
}

describe("receipts", () => {
  it("have the bytes of deterministic CBOR", () => {
    for (const receipt of receipts) {
      expect(encodeReceipt(receipt)).to.deep.equal(Uint8Array.from(encodedByCborg(receipt)));
      for (const size of [
        0n,
        23n,
        24n,
        255n,
        256n,
        65_535n,
        65_536n,
        1n << 32n,
        (1n << 53n) + 1n,
      ]) {
        if (receipt.t === "refused") continue;
        const one = { ...receipt, size };
        expect(encodeReceipt(one)).to.deep.equal(Uint8Array.from(encodedByCborg(one)));
      }
    }
  });

  it("come back from their bytes", () => {
    for (const receipt of receipts) {
      expect(decodeReceipt(encodeReceipt(receipt))).to.deep.equal(receipt);
      expect(decodeReceipt(Buffer.from(encodeReceipt(receipt)))).to.deep.equal(receipt);
    }
  });

  it("are refused when they are anything else", () => {
    const bytes = encodeReceipt(storedReceipt());
    const cases = [
      new Uint8Array(0),
      Uint8Array.of(0xa0),
      bytes.slice(0, -1),
      Uint8Array.of(...bytes, 0),
    ];
    for (const one of cases) expect(refusal(() => decodeReceipt(one))).to.equal("RECEIPT_FORMAT");
  });

  it("of kind stored bind a known operator to the very message", () => {
    verifyStoredReceipt(storedReceipt(), mine, { domain, operators });
  });

  it("of kind stored are refused for another message, place, promise or signer", () => {
    const receipt = storedReceipt();
    const check = (
      altered: Partial<StoredReceipt>,
      of = mine,
      known: readonly string[] = operators,
    ) =>
      refusal(() =>
        verifyStoredReceipt({ ...receipt, ...altered }, of, { domain, operators: known }),
      );
    expect(check({}, { ...mine, sequence: 4n })).to.equal("RECEIPT_MESSAGE");
    expect(check({}, { ...mine, root: new Uint8Array(32) })).to.equal("RECEIPT_MESSAGE");
    expect(check({ index: 2n })).to.equal("RECEIPT_MESSAGE");
    expect(check({ path: receipt.path.slice(1) })).to.equal("RECEIPT_MESSAGE");
    expect(check({ deadline: 1_800_000_000n })).to.equal("RECEIPT_SIGNATURE");
    expect(check({ logId: 2n })).to.equal("RECEIPT_SIGNATURE");
    expect(check({ signature: new Uint8Array(65) })).to.equal("RECEIPT_SIGNATURE");
    expect(check({}, mine, [`0x${"11".repeat(20)}`])).to.equal("RECEIPT_SIGNATURE");
  });

  it("of kind stored are refused for every altered part, right after the good one was taken", () => {
    const receipt = storedReceipt();
    const alterations: [Partial<StoredReceipt>, Partial<typeof domain>][] = [
      [{ logId: 2n }, {}],
      [{ epoch: receipt.epoch + 1 }, {}],
      [{ storedAt: receipt.storedAt + 1n }, {}],
      [{ deadline: receipt.deadline + 1n }, {}],
      [{ signature: receipt.signature.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) }, {}],
      [{}, { chainId: 2n }],
      [{}, { verifyingContract: `0x${"12".repeat(20)}` }],
      [{}, { name: "Fieldseal Other" }],
    ];
    for (const [altered, elsewhere] of alterations) {
      verifyStoredReceipt(receipt, mine, { domain, operators });
      const trust = { domain: { ...domain, ...elsewhere }, operators };
      const code = refusal(() => verifyStoredReceipt({ ...receipt, ...altered }, mine, trust));
      expect(code).to.equal("RECEIPT_SIGNATURE");
    }
  });
});
