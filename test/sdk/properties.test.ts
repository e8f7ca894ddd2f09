import {
  buildTree,
  checkBody,
  type Decimal,
  decimalOf,
  decimalToScaled,
  decodeMessage,
  deviceIdOf,
  encodeBody,
  encodeJsonBody,
  errorCode,
  fromBase64Url,
  fromHex,
  hex,
  inclusionPath,
  leafHash,
  messageDomain,
  nodeHash,
  openBody,
  type Reading,
  rootFromPath,
  scaledToDecimal,
  sha256,
  signMessage,
  softwareSigner,
  toBase64Url,
  treeRoot,
  u32,
  utf8,
} from "@fieldseal/sdk";
import { nodeSha256 } from "@fieldseal/sdk/node";
import { expect } from "chai";
import fc from "fast-check";

const salt = new Uint8Array(16).fill(9);
const domain = messageDomain(1n, `0x${"22".repeat(20)}`);
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9\-:._]{0,19}$/);
const unit = fc.option(fc.stringMatching(/^[!-~]{1,10}$/), { nil: undefined });
const timeMs = fc.option(fc.integer({ min: 268_435_456_000, max: 4e12 }), { nil: undefined });
const limit = 1n << 255n;
const content = fc.oneof(
  fc.record({ value: fc.bigInt({ min: -(10n ** 58n), max: 10n ** 58n }) }),
  fc.record({ value: fc.integer().map((i) => i / 1024) }),
  fc.record({ text: fc.string({ unit: "grapheme", maxLength: 40 }) }),
  fc.record({ bool: fc.boolean() }),
  fc.record({ data: fc.uint8Array({ maxLength: 40 }) }),
);
const reading = fc.tuple(name, unit, timeMs, content).map(([n, u, t, c]): Reading => {
  const optional = {
    ...(u === undefined ? {} : { unit: u }),
    ...(t === undefined ? {} : { timeMs: t }),
  };
  return { name: n, ...optional, ...c };
});
const readings = fc.array(reading, { minLength: 1, maxLength: 12 });

describe("codec properties", () => {
  it("what is signed decodes to the same facts and readings, in COSE and in JSON", async () => {
    const signers = ([1, 2] as const).map((type) =>
      softwareSigner(type, new Uint8Array(32).fill(5)),
    );
    const sequence = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    const keyIndex = fc.nat(0xffff_ffff);
    await fc.assert(
      fc.asyncProperty(
        readings,
        sequence,
        keyIndex,
        fc.nat(3),
        async (packed, seq, index, pick) => {
          const signer = signers[pick & 1] as (typeof signers)[number];
          const device = deviceIdOf(signer.publicKey);
          const encoding = pick < 2 ? "cose" : "json";
          const facts = { signer, device, keyIndex: index, sequence: seq, domain };
          const { bytes, message } = await signMessage({
            ...facts,
            readings: packed,
            salt,
            encoding,
          });
          expect(decodeMessage(bytes)).to.deep.equal(message);
          const records = checkBody(decodeMessage(bytes));
          expect(records).to.deep.equal(checkBody(message, nodeSha256));
          expect(records.length).to.equal(packed.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("readings resolve to the same records from CBOR and from JSON", () => {
    fc.assert(
      fc.property(readings, (packed) => {
        const pack = packed.map(toRecord);
        const fromCbor = openBody(encodeBody({ salt, pack }));
        expect(openBody(encodeJsonBody({ salt, pack }))).to.deep.equal(fromCbor);
      }),
    );
  });

  it("random bytes are refused with a code and nothing else", () => {
    const start = fc.constantFrom(
      "0xd284",
      "0x7b",
      "0x",
      "0xd2845838a40126036b6669656c647365616c2f310454",
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (head, tail) => {
        expect(() => decodeMessage(Uint8Array.of(...fromHex(head), ...tail)))
          .to.throw()
          .with.property("code");
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expectOnlyCodes(() => openBody({ kind: "plain", bytes }));
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expectOnlyCodes(() => openBody({ kind: "json", text }));
        expectOnlyCodes(() => decodeMessage(utf8(text)));
      }),
    );
  });

  it("a body with any byte altered is refused or gives another root", () => {
    fc.assert(
      fc.property(readings, fc.nat(), fc.integer({ min: 1, max: 255 }), (packed, at, flip) => {
        const body = encodeBody({ salt, pack: packed.map(toRecord) });
        if (body.kind !== "plain") throw new Error("not plain");
        const { salt: own, records } = openBody(body);
        const bytes = body.bytes.slice();
        const place = at % bytes.length;
        bytes[place] = (bytes[place] ?? 0) ^ flip;
        expectOnlyCodes(() => {
          const altered = openBody({ kind: "plain", bytes });
          const same = hex(altered.salt) === hex(own);
          if (same) expect(altered.records).to.not.deep.equal(records);
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe("decimal properties", () => {
  it("scaled values come back from their text", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -limit, max: limit - 1n }), (value) => {
        expect(decimalToScaled(scaledToDecimal(value))).to.equal(value);
      }),
    );
  });

  it("a JavaScript number keeps its shortest text, digit for digit", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.nat(6), (digits, places) => {
        const value = Number(`${digits}e-${places}`);
        const { mantissa, exponent }: Decimal = decimalOf(value);
        expect(Number(`${mantissa}e${exponent}`)).to.equal(value === 0 ? 0 : value);
        expect(decimalToScaled(decimalOf(value))).to.equal(
          BigInt(digits) * 10n ** BigInt(18 - places),
        );
      }),
    );
  });

  it("base64url comes back, and has one text only", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = toBase64Url(bytes);
        expect(text).to.equal(Buffer.from(bytes).toString("base64url"));
        expect(fromBase64Url(text)).to.deep.equal(bytes);
      }),
    );
    expect(() => fromBase64Url("AB")).to.throw();
    expect(() => fromBase64Url("A")).to.throw();
  });
});

describe("tree properties", () => {
  const sizes = fc.integer({ min: 1, max: 70 });
  const hashes = (size: number) => Array.from({ length: size }, (_, i) => leafHash(u32(i)));

  it("the root is RFC 9162's recursion", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        expect(treeRoot(hashes(size))).to.deep.equal(recursiveRoot(hashes(size)));
        expect(buildTree(hashes(size), nodeSha256).root).to.deep.equal(treeRoot(hashes(size)));
      }),
    );
  });

  it("every path leads to the root from its own place and size only", () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (size, pick) => {
        const leaves = hashes(size);
        const index = pick % size;
        const path = inclusionPath(leaves, index);
        const leaf = leaves[index] as Uint8Array;
        const root = hex(treeRoot(leaves));
        const lead = (at: number, of: number, nodes = path) => {
          const found = rootFromPath(leaf, at, of, nodes);
          return found === undefined ? "" : hex(found);
        };
        expect(lead(index, size)).to.equal(root);
        for (let at = 0; at <= size; at++)
          if (at !== index) expect(lead(at, size)).to.not.equal(root);
        expect(lead(index, size, path.slice(1)) === root && path.length > 0).to.equal(false);
        expect(lead(index, size, [...path, leaf])).to.not.equal(root);
      }),
    );
  });

  it("an altered path leads elsewhere", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 70 }), fc.nat(), fc.nat(), (size, pick, bit) => {
        const leaves = hashes(size);
        const index = pick % size;
        const path = inclusionPath(leaves, index);
        const node = path[bit % path.length] as Uint8Array;
        node[bit % 32] = (node[bit % 32] ?? 0) ^ (1 << (bit % 8));
        const found = rootFromPath(leaves[index] as Uint8Array, index, size, path);
        expect(found === undefined ? "" : hex(found)).to.not.equal(hex(treeRoot(leaves)));
      }),
    );
  });
});

/** RFC 9162 section 2.1.1, word for word. */
function recursiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(
    recursiveRoot(leaves.slice(0, split)),
    recursiveRoot(leaves.slice(split)),
    sha256,
  );
}

function expectOnlyCodes(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
}

function toRecord(reading: Reading) {
  const { name: n, unit: u } = reading;
  const base = { n, ...(u === undefined ? {} : { u }) };
  if ("value" in reading) return { ...base, v: decimalOf(reading.value) };
  if ("text" in reading) return { ...base, vs: reading.text };
  if ("bool" in reading) return { ...base, vb: reading.bool };
  return { ...base, vd: reading.data };
}
