import {
  type CommandEnvelope,
  type CommandValue,
  decodeCommandContent,
  decodeCommandEnvelope,
  decodeSignedStatement,
  encodeCommandContent,
  encodeCommandEnvelope,
  encodeSignedStatement,
  type GrantStatement,
  hex,
} from "@fieldseal/sdk";
import { encode } from "cborg";
import { expect } from "chai";
import fc from "fast-check";
import { refusal } from "../support.ts";

const uint = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const address = bytes(20).map(hex);
const small = fc.integer({ min: 0, max: 0xffff_ffff });

const statement: fc.Arbitrary<GrantStatement> = fc.record({
  logId: uint(64),
  epoch: small,
  device: address,
  grantor: address,
  commander: address,
  signer: address,
  permissions: uint(40),
  until: uint(64),
  block: uint(64),
  blockTime: uint(64),
  challenge: uint(128),
});
const signed = fc.record({
  statement,
  signatures: fc.array(fc.oneof(bytes(64), bytes(65)), { maxLength: 31 }),
});
const args: fc.Arbitrary<{ readonly [name: string]: CommandValue }> = fc.dictionary(
  fc.string({ maxLength: 8 }),
  fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ maxLength: 20, unit: "binary" }).filter((text) => text.isWellFormed()),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(fc.boolean(), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 5 }), fc.boolean(), { maxKeys: 3, noNullPrototype: true }),
  ),
  { maxKeys: 6, noNullPrototype: true },
);
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9\-:._]{0,22}$/);
const content = fc.record({ name, args });
const key = fc.record({ keyType: fc.constantFrom(1 as const, 2 as const), point: bytes(64) });
const common = { commander: address, nonce: uint(256), expiry: uint(64), statement: signed };
const envelope: fc.Arbitrary<CommandEnvelope> = content.chain((one) => {
  const command = fc.constant(encodeCommandContent(one));
  return fc.oneof(
    fc.record({ ...common, command, signature: bytes(65) }),
    fc.record({ ...common, command, signature: bytes(64), key }),
  );
});

describe("what travels about commands", () => {
  it("comes back from its bytes: names and arguments", () => {
    fc.assert(
      fc.property(content, (one) => {
        expect(decodeCommandContent(encodeCommandContent(one))).to.deep.equal(one);
      }),
    );
  });

  it("comes back from its bytes: statements and envelopes", () => {
    fc.assert(
      fc.property(signed, (one) => {
        const back = decodeSignedStatement(Buffer.from(encodeSignedStatement(one)));
        expect(encodeSignedStatement(back)).to.deep.equal(encodeSignedStatement(one));
        expect(back.statement).to.deep.equal(one.statement);
      }),
    );
    fc.assert(
      fc.property(envelope, (one) => {
        expect(decodeCommandEnvelope(encodeCommandEnvelope(one))).to.deep.equal(one);
      }),
    );
  });

  it("is refused when a byte is missing, or one follows", () => {
    fc.assert(
      fc.property(envelope, fc.nat(), (one, cut) => {
        const good = encodeCommandEnvelope(one);
        const short = good.slice(0, cut % good.length);
        expect(refusal(() => decodeCommandEnvelope(short))).to.equal("COMMAND_FORMAT");
        const long = Uint8Array.of(...good, 0);
        expect(refusal(() => decodeCommandEnvelope(long))).to.equal("COMMAND_FORMAT");
        const signature = encodeSignedStatement(one.statement);
        const tail = Uint8Array.of(...signature, 0xf6);
        expect(refusal(() => decodeSignedStatement(tail))).to.equal("STATEMENT_FORMAT");
      }),
    );
  });

  it("is read or refused with a code, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rubbish) => {
        for (const read of [decodeCommandEnvelope, decodeCommandContent]) {
          expect(refusal(() => read(rubbish))).to.equal("COMMAND_FORMAT");
        }
      }),
    );
  });

  it("is refused with a member too many, one missing, or one of another type or length", () => {
    fc.assert(
      fc.property(envelope, (one) => {
        const good = encodeCommandEnvelope(one);
        expect(good[0]).to.be.within(0xa7, 0xa8);
        const more = Uint8Array.from([(good[0] ?? 0) + 1, ...good.slice(1), 0x61, 0x7a, 0x00]);
        expect(refusal(() => decodeCommandEnvelope(more))).to.equal("COMMAND_FORMAT");
        const fewer = encode(new Map([["command", one.command]]));
        expect(refusal(() => decodeCommandEnvelope(fewer))).to.equal("COMMAND_FORMAT");
      }),
      { numRuns: 20 },
    );
  });

  const raw = (value: unknown) => refusal(() => decodeCommandContent(encode(value)));

  it("is no command without a name of its own kind, with other arguments, or over 1 KiB", () => {
    for (const bad of [
      ["unlock"],
      ["unlock", []],
      ["unlock", new Map(), 1],
      ["", new Map()],
      ["un/lock", new Map()],
      ["x".repeat(24), new Map()],
      [7, new Map()],
      ["unlock", new Map([[1, true]])],
      ["unlock", new Map([["angle", 1.5]])],
      ["unlock", new Map([["deep", [[[[1]]]]]])],
    ]) {
      expect(raw(bad), JSON.stringify(bad)).to.equal("COMMAND_FORMAT");
    }
    const long = { name: "unlock", args: { note: "x".repeat(1024) } };
    expect(refusal(() => encodeCommandContent(long))).to.equal("COMMAND_FORMAT");
    const fraction = { name: "turn", args: { angle: 0.5 } };
    expect(refusal(() => encodeCommandContent(fraction))).to.equal("COMMAND_FORMAT");
  });

  it("keeps arguments with awkward names as members of their own", () => {
    const bytes = encode(["unlock", new Map([["__proto__", new Map([["jam", true]])]])]);
    const { args } = decodeCommandContent(bytes);
    expect(Object.keys(args)).to.deep.equal(["__proto__"]);
    expect(args.jam).to.equal(undefined);
  });
});
