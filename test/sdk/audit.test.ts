import {
  type AuditBundle,
  type AuditCheckpoint,
  type AuditMessage,
  encodeBody,
  encodeCoseMessage,
  encryptBody,
  fromBase64Url,
  packOf,
  parseAuditBundle,
  toBase64Url,
  verifyAuditBundle,
} from "@fieldseal/sdk";
import { expect } from "chai";
import {
  flipped,
  log,
  sealWorld,
  type TestMessage,
  testDevice,
  testMessage,
} from "./sealed-world.ts";
import { refusal, refusalOf } from "./support.ts";

const meter = testDevice(2, 1);
const others = [testDevice(1, 2), testDevice(1, 3), testDevice(2, 4)];
const readings = [
  { name: "temperature", unit: "Cel", value: 21.5 },
  { name: "pressure", unit: "Pa", value: 101325 },
  { name: "log", text: "door opened" },
];

/** Three checkpoints with 2, 3 and 0 messages of the meter among those of others. */
async function world() {
  const batches: TestMessage[][] = [];
  let count = 0;
  for (const own of [2, 3, 0]) {
    const batch: TestMessage[] = [];
    for (let i = 0; i < own; i++) batch.push(await testMessage(meter, ++count, readings));
    for (const other of others) batch.push(await testMessage(other, batches.length + 1, readings));
    batches.push(batch);
  }
  const made = sealWorld(batches);
  const own = batches.flat().filter(({ from }) => from === meter);
  return { bundle: made.bundleOf(meter), provider: made.provider(), own };
}

async function findings(alter: (bundle: AuditBundle, own: readonly TestMessage[]) => AuditBundle) {
  const { bundle, provider, own } = await world();
  const altered = parseAuditBundle(JSON.parse(JSON.stringify(alter(bundle, own))));
  const verdict = await verifyAuditBundle(altered, { provider, log });
  expect(verdict.ok).to.equal(verdict.findings.length === 0);
  return verdict.findings;
}

/** The bundle with message `position` altered. */
function withMessage(
  bundle: AuditBundle,
  position: number,
  alter: (entry: AuditMessage) => AuditMessage,
): AuditBundle {
  const messages = bundle.messages.map((entry, i) => (i === position ? alter(entry) : entry));
  return { ...bundle, messages };
}

/** The bytes of a message with another body under the same facts and signature. */
function withBody(
  own: readonly TestMessage[],
  position: number,
  packed: typeof readings,
  salt = position + 1,
): string {
  const { message } = own[position] as TestMessage;
  const body = encodeBody({ salt: new Uint8Array(16).fill(salt), pack: packOf(packed) });
  return toBase64Url(encodeCoseMessage({ ...message, body }));
}

const [first, second, third] = readings as [
  (typeof readings)[0],
  (typeof readings)[0],
  (typeof readings)[0],
];

describe("an audit", () => {
  it("finds any single altered byte of a message, wherever it lies", async function () {
    this.timeout(60_000);
    const { bundle, provider } = await world();
    const entry = bundle.messages[1] as AuditMessage;
    const bytes = fromBase64Url(entry.bytes);
    const unnoticed: number[] = [];
    for (const [at, byte] of bytes.entries()) {
      const other = Uint8Array.from(bytes);
      other[at] = byte ^ (1 << (at % 8));
      const altered = withMessage(bundle, 1, () => ({ ...entry, bytes: toBase64Url(other) }));
      const { ok, findings: found } = await verifyAuditBundle(altered, { provider, log });
      if (ok || found.every(({ position }) => position !== 1)) unnoticed.push(at);
    }
    expect(unnoticed).to.deep.equal([]);
  });

  it("tells of a number that no checkpoint holds, and finds no fault with what is there", async () => {
    const { bundle, provider } = await world();
    const later = {
      ...bundle,
      checkpoints: bundle.checkpoints.filter(({ index }) => index !== "1").slice(1),
      messages: bundle.messages.filter(({ checkpoint }) => checkpoint === "2"),
    };
    const range = await verifyAuditBundle(later, { provider, log });
    expect(range.ok).to.equal(true);
    const dropped = { ...bundle, messages: bundle.messages.filter((_, i) => i !== 3) };
    const { gaps, ok } = await verifyAuditBundle(dropped, { provider, log });
    expect(ok).to.equal(false);
    expect(gaps.map(({ code, sequence }) => ({ code, sequence }))).to.deep.equal([
      { code: "AUDIT_SEQUENCE_GAP", sequence: "4294967300" },
    ]);
  });

  it("finds nothing in a whole bundle, and says what it covers", async () => {
    const { bundle, provider } = await world();
    const verdict = await verifyAuditBundle(bundle, { provider, log });
    expect(verdict).to.deep.equal({
      ok: true,
      findings: [],
      gaps: [],
      checkpoints: 3,
      messages: 5,
      readings: 15,
      sealedSince: 0n,
    });
    const partial = {
      ...bundle,
      checkpoints: bundle.checkpoints.slice(0, 1),
      messages: bundle.messages.slice(0, 2),
    };
    const less = await verifyAuditBundle(partial, { provider, log });
    expect([less.ok, less.sealedSince]).to.deep.equal([true, 2n]);
  });

  const cases: readonly (readonly [
    string,
    Partial<Record<"code" | "position" | "record" | "checkpoint" | "sequence", unknown>>,
    (bundle: AuditBundle, own: readonly TestMessage[]) => AuditBundle,
  ])[] = [
    [
      "an altered byte of a message's signature",
      { code: "AUDIT_MESSAGE_ALTERED", position: 1 },
      (bundle) =>
        withMessage(bundle, 1, (entry) => ({ ...entry, bytes: `${entry.bytes.slice(0, -2)}AA` })),
    ],
    [
      "a message cut short",
      { code: "AUDIT_MESSAGE_ALTERED", position: 3 },
      (bundle) =>
        withMessage(bundle, 3, (entry) => ({ ...entry, bytes: entry.bytes.slice(0, -4) })),
    ],
    [
      "an altered record",
      { code: "AUDIT_RECORD_ALTERED", position: 2, record: 1 },
      (bundle, own) =>
        withMessage(bundle, 2, (entry) => ({
          ...entry,
          bytes: withBody(own, 2, [first, { name: "pressure", unit: "Pa", value: 101326 }, third]),
        })),
    ],
    [
      "a dropped record",
      { code: "AUDIT_RECORD_MISSING", position: 2, record: 1 },
      (bundle, own) =>
        withMessage(bundle, 2, (entry) => ({ ...entry, bytes: withBody(own, 2, [first, third]) })),
    ],
    [
      "swapped records",
      { code: "AUDIT_RECORD_SWAPPED", position: 2, record: 0 },
      (bundle, own) =>
        withMessage(bundle, 2, (entry) => ({
          ...entry,
          bytes: withBody(own, 2, [second, first, third]),
        })),
    ],
    [
      "an altered salt",
      { code: "AUDIT_MESSAGE_ALTERED", position: 2 },
      (bundle, own) =>
        withMessage(bundle, 2, (entry) => ({ ...entry, bytes: withBody(own, 2, readings, 99) })),
    ],
    [
      "an altered leaf of a reading",
      { code: "AUDIT_RECORD_ALTERED", position: 4, record: 2 },
      (bundle) =>
        withMessage(bundle, 4, (entry) => ({
          ...entry,
          readings: entry.readings.map((leaf, i) => (i === 2 ? flipped(leaf) : leaf)),
        })),
    ],
    [
      "a dropped leaf of a reading",
      { code: "AUDIT_RECORD_MISSING", position: 4 },
      (bundle) =>
        withMessage(bundle, 4, (entry) => ({ ...entry, readings: entry.readings.slice(1) })),
    ],
    [
      "an altered leaf of a message",
      { code: "AUDIT_LEAF_ALTERED", position: 0 },
      (bundle) => withMessage(bundle, 0, (entry) => ({ ...entry, leaf: flipped(entry.leaf) })),
    ],
    [
      "an altered path",
      { code: "AUDIT_PROOF_ALTERED", position: 0 },
      (bundle) => withMessage(bundle, 0, (entry) => ({ ...entry, path: entry.path.map(flipped) })),
    ],
    [
      "an altered key",
      { code: "AUDIT_KEY_ALTERED", position: 0 },
      (bundle) => withMessage(bundle, 0, (entry) => ({ ...entry, key: flipped(entry.key) })),
    ],
    [
      "an altered checkpoint",
      { code: "AUDIT_CHECKPOINT_ALTERED", checkpoint: "1" },
      (bundle) => ({
        ...bundle,
        checkpoints: bundle.checkpoints.map((entry) =>
          entry.index === "1" ? { ...entry, sealedAt: "7" } : entry,
        ),
      }),
    ],
    [
      "a dropped checkpoint",
      { code: "AUDIT_CHECKPOINT_MISSING", checkpoint: "1" },
      (bundle) => ({
        ...bundle,
        checkpoints: bundle.checkpoints.filter(({ index }) => index !== "1"),
      }),
    ],
    [
      "a dropped checkpoint and its messages",
      { code: "AUDIT_CHECKPOINT_MISSING", checkpoint: "1" },
      (bundle) => ({
        ...bundle,
        checkpoints: bundle.checkpoints.filter(({ index }) => index !== "1"),
        messages: bundle.messages.filter(({ checkpoint }) => checkpoint !== "1"),
      }),
    ],
    [
      "a message whose checkpoint was cut off the end",
      { code: "AUDIT_CHECKPOINT_MISSING", position: 2 },
      (bundle) => ({ ...bundle, checkpoints: bundle.checkpoints.slice(0, 1) }),
    ],
    [
      "a dropped message that is passed off as a neighbour",
      { code: "AUDIT_PROOF_ALTERED", checkpoint: "0" },
      (bundle) => {
        const [dropped, ...messages] = bundle.messages as [AuditMessage, ...AuditMessage[]];
        const { leaf, index, path } = dropped;
        const [first, ...rest] = bundle.checkpoints as [AuditCheckpoint, ...AuditCheckpoint[]];
        const checkpoints = [{ ...first, before: { leaf, index, path } }, ...rest];
        return { ...bundle, checkpoints, messages };
      },
    ],
    [
      "messages of another device than the one named",
      { code: "AUDIT_MESSAGE_ALTERED", position: 0 },
      (bundle) => ({ ...bundle, device: (others[0] as (typeof others)[0]).id }),
    ],
    [
      "the places of two messages swapped",
      { code: "AUDIT_MESSAGE_SWAPPED", position: 0 },
      (bundle) => {
        const [a, b, ...rest] = bundle.messages as [AuditMessage, AuditMessage, ...AuditMessage[]];
        const [toA, toB] = [a, b].map(({ index, path }) => ({ index, path }));
        return { ...bundle, messages: [{ ...a, ...toB }, { ...b, ...toA }, ...rest] };
      },
    ],
    [
      "a dropped message, by its place",
      { code: "AUDIT_MESSAGE_MISSING", checkpoint: "1" },
      (bundle) => ({ ...bundle, messages: bundle.messages.filter((_, i) => i !== 3) }),
    ],
    [
      "the last message dropped",
      { code: "AUDIT_MESSAGE_MISSING", checkpoint: "1" },
      (bundle) => ({ ...bundle, messages: bundle.messages.slice(0, -1) }),
    ],
    [
      "an altered neighbour",
      { code: "AUDIT_PROOF_ALTERED", checkpoint: "2" },
      (bundle) => ({
        ...bundle,
        checkpoints: bundle.checkpoints.map((entry) => {
          const { before, after } = entry;
          if (entry.index !== "2") return entry;
          return {
            ...entry,
            ...(before === undefined ? {} : { before: { ...before, leaf: flipped(before.leaf) } }),
            ...(after === undefined ? {} : { after: { ...after, leaf: flipped(after.leaf) } }),
          };
        }),
      }),
    ],
    [
      "messages swapped in the list",
      { code: "AUDIT_MESSAGE_SWAPPED", position: 1 },
      (bundle) => {
        const [a, b, ...rest] = bundle.messages;
        return { ...bundle, messages: [b, a, ...rest] as AuditMessage[] };
      },
    ],
    [
      "messages of two checkpoints swapped in the list",
      { code: "AUDIT_MESSAGE_SWAPPED", position: 2 },
      (bundle) => {
        const [a, b, c, ...rest] = bundle.messages;
        return { ...bundle, messages: [a, c, b, ...rest] as AuditMessage[] };
      },
    ],
    [
      "every checkpoint dropped",
      { code: "AUDIT_CHECKPOINT_MISSING", checkpoint: "0" },
      (bundle) => ({ ...bundle, checkpoints: [], messages: [] }),
    ],
    [
      "the bytes of two messages swapped",
      { code: "AUDIT_MESSAGE_ALTERED", position: 0 },
      (bundle) => {
        const [a, b, ...rest] = bundle.messages as [AuditMessage, AuditMessage, ...AuditMessage[]];
        return {
          ...bundle,
          messages: [{ ...a, bytes: b.bytes }, { ...b, bytes: a.bytes }, ...rest],
        };
      },
    ],
  ];
  for (const [what, expected, alter] of cases) {
    it(`finds ${what}, and says which`, async () => {
      const found = await findings(alter);
      const isFound = found.some((finding) =>
        Object.entries(expected).every(
          ([name, value]) => finding[name as keyof typeof finding] === value,
        ),
      );
      expect(isFound, JSON.stringify(found, null, 1)).to.equal(true);
    });
  }

  it("takes leaves disclosed beside an encrypted body only if they give the signed root", async () => {
    const { bundle, provider, own } = await world();
    const { message } = own[0] as TestMessage;
    const body = await encryptBody(message.body, new Uint8Array(32), new Uint8Array(12));
    const bytes = toBase64Url(encodeCoseMessage({ ...message, body }));
    const audit = async (
      readings: (leaves: AuditMessage["readings"]) => AuditMessage["readings"],
    ) => {
      const altered = withMessage(bundle, 0, (entry) => ({
        ...entry,
        bytes,
        readings: readings(entry.readings),
      }));
      return (await verifyAuditBundle(altered, { provider, log })).findings.map(({ code }) => code);
    };
    expect(await audit(() => [])).to.deep.equal([]);
    expect(await audit((leaves) => leaves)).to.deep.equal([]);
    expect(await audit((leaves) => leaves.map(flipped))).to.deep.equal(["AUDIT_RECORD_ALTERED"]);
    expect(await audit((leaves) => leaves.slice(1))).to.deep.equal(["AUDIT_RECORD_ALTERED"]);
  });

  it("trusts no log or registry but the named ones", async () => {
    const { bundle, provider } = await world();
    expect(await refusalOf(verifyAuditBundle(bundle, { provider, log, logId: 2n }))).to.equal(
      "PROOF_CHECKPOINT",
    );
    expect((await verifyAuditBundle(bundle, { provider, log, logId: 1n })).ok).to.equal(true);
    const elsewhere = `0x${"99".repeat(20)}` as const;
    expect(await refusalOf(verifyAuditBundle(bundle, { provider, log: elsewhere }))).to.equal(
      "PROOF_CHECKPOINT",
    );
    const otherChain = { ...bundle, chainId: 1 };
    expect(await refusalOf(verifyAuditBundle(otherChain, { provider, log }))).to.equal(
      "PROOF_CHAIN",
    );
    const forged = { ...bundle, registry: elsewhere };
    expect(await refusalOf(verifyAuditBundle(forged, { provider, log }))).to.equal(
      "PROOF_CHECKPOINT",
    );
    expect(refusal(() => parseAuditBundle({ ...bundle, messages: {} }))).to.equal("AUDIT_FORMAT");
  });
});
