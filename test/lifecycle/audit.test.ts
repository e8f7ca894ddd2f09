import { join } from "node:path";
import {
  type AuditBundle,
  type AuditFinding,
  type AuditMessage,
  decodeMessage,
  encodeBody,
  encodeCoseMessage,
  fromBase64Url,
  parseAuditBundle,
  readBody,
  toBase64Url,
  verifyAuditBundle,
} from "@fieldseal/sdk";
import { expect } from "chai";
import { startFinalAnvil, type TestChain } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { type FieldDevice, fieldDevice } from "../support/field-device.ts";
import { type RunningOracle, runOracle } from "../support/running-oracle.ts";
import { temporaryFolder } from "../support/service.ts";

type Alteration = (bundle: AuditBundle) => AuditBundle;

/** One hex digit in the middle, changed. */
function flipped<Text extends string>(text: Text): Text {
  const at = Math.floor(text.length / 2);
  const digit = text[at] === "0" ? "1" : "0";
  return `${text.slice(0, at)}${digit}${text.slice(at + 1)}` as Text;
}

const withMessage = (position: number, alter: (message: AuditMessage) => AuditMessage) =>
  ((bundle) => ({
    ...bundle,
    messages: bundle.messages.map((entry, i) => (i === position ? alter(entry) : entry)),
  })) satisfies Alteration;

/** The stored bytes with the byte at `at`, counted from the end if negative, changed. */
function otherByte(bytes: string, at: number): string {
  const raw = fromBase64Url(bytes);
  const index = at < 0 ? raw.length + at : at;
  raw[index] = (raw[index] ?? 0) ^ 1;
  return toBase64Url(raw);
}

/** The stored bytes without record `record`, under the same signature. */
function withoutRecord(bytes: string, record: number): string {
  const message = decodeMessage(fromBase64Url(bytes));
  const { salt, pack } = readBody(message.body);
  const body = encodeBody({ salt, pack: pack.filter((_, i) => i !== record) });
  return toBase64Url(encodeCoseMessage({ ...message, body }));
}

describe("an audit bundle, exported over HTTP and checked with nothing but the chain", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let node: TestChain;
  let deployment: TestDeployment;
  let oracle: RunningOracle;
  let bundle: AuditBundle;
  const fields: FieldDevice[] = [];

  before(async () => {
    node = await startFinalAnvil();
    deployment = await deployOn(node);
    oracle = await runOracle(deployment, join(folder.path, "oracle"), {
      FIELDSEAL_SEAL_MESSAGES: "6",
      FIELDSEAL_SEAL_SECONDS: "60",
    });
    const owner = deployment.owner(2);
    for (const keyType of [2, 1, 2] as const) {
      const device = await owner.enrol(keyType, deployment.logId);
      const outboxFolder = join(folder.path, `outbox-${fields.length}`);
      fields.push(await fieldDevice({ deployment, device, mqtt: oracle.mqtt, outboxFolder }));
    }
    const [audited] = fields as [FieldDevice];
    const others = fields.slice(1);
    // Six messages a checkpoint: two with two of each device, one without the audited one.
    for (const speaking of [
      [...fields, ...fields],
      [...fields, ...fields],
      [...others, ...others, ...others],
    ]) {
      const sent = await Promise.all(
        speaking.map((field, i) =>
          field.publish([
            { name: "level", unit: "m", value: i, timeMs: 1_700_000_000_000 + i },
            { name: "flow", unit: "m3/s", value: "0.25" },
          ]),
        ),
      );
      for (const message of sent) await oracle.client.messageProof(message);
    }
    const { status, body } = await oracle.client.get(`/v1/audit/${audited.id}`);
    expect(status).to.equal(200);
    bundle = parseAuditBundle(body);
  });
  after(async () => {
    for (const field of fields) await field.close();
    await oracle?.stop();
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  const verdictOn = (altered: AuditBundle) =>
    verifyAuditBundle(parseAuditBundle(JSON.parse(JSON.stringify(altered))), {
      provider: deployment.provider,
      log: deployment.log,
    });

  it("is whole: every message, every reading, every checkpoint", async () => {
    const { findings, ok, messages, readings, sealedSince } = await verdictOn(bundle);
    expect(findings).to.deep.equal([]);
    expect({ ok, messages, readings, sealedSince }).to.deep.equal({
      ok: true,
      messages: 4,
      readings: 8,
      sealedSince: 0n,
    });
    expect(bundle.checkpoints.map(({ size }) => size)).to.deep.equal(["6", "6", "6"]);
  });

  const cases: readonly (readonly [string, Partial<AuditFinding>, Alteration])[] = [
    [
      "a byte of a stored message's signature altered",
      { code: "AUDIT_MESSAGE_ALTERED", position: 1 },
      withMessage(1, (entry) => ({ ...entry, bytes: otherByte(entry.bytes, -1) })),
    ],
    [
      "a byte of a stored message's header altered",
      { code: "AUDIT_MESSAGE_ALTERED", position: 2 },
      withMessage(2, (entry) => ({ ...entry, bytes: otherByte(entry.bytes, 58) })),
    ],
    [
      "a byte of a reading's leaf altered",
      { code: "AUDIT_RECORD_ALTERED", position: 3, record: 1 },
      withMessage(3, (entry) => ({
        ...entry,
        readings: entry.readings.map((leaf, i) => (i === 1 ? flipped(leaf) : leaf)),
      })),
    ],
    [
      "a byte of a message's leaf altered",
      { code: "AUDIT_LEAF_ALTERED", position: 0 },
      withMessage(0, (entry) => ({ ...entry, leaf: flipped(entry.leaf) })),
    ],
    [
      "a byte of a proof altered",
      { code: "AUDIT_PROOF_ALTERED", position: 2 },
      withMessage(2, (entry) => ({
        ...entry,
        path: entry.path.map((step, i) => (i === 0 ? flipped(step) : step)),
      })),
    ],
    [
      "a byte of a checkpoint altered",
      { code: "AUDIT_CHECKPOINT_ALTERED", checkpoint: "1" },
      (whole) => ({
        ...whole,
        checkpoints: whole.checkpoints.map((entry) =>
          entry.index === "1" ? { ...entry, root: flipped(entry.root) } : entry,
        ),
      }),
    ],
    [
      "a record dropped",
      { code: "AUDIT_RECORD_MISSING", position: 1, record: 0 },
      withMessage(1, (entry) => ({ ...entry, bytes: withoutRecord(entry.bytes, 0) })),
    ],
    [
      "a message dropped",
      { code: "AUDIT_MESSAGE_MISSING", checkpoint: "0" },
      (whole) => ({ ...whole, messages: whole.messages.slice(1) }),
    ],
    [
      "two messages swapped",
      { code: "AUDIT_MESSAGE_SWAPPED", position: 1 },
      (whole) => {
        const [first, second, ...rest] = whole.messages as [AuditMessage, AuditMessage];
        return { ...whole, messages: [second, first, ...rest] };
      },
    ],
  ];
  for (const [what, expected, alter] of cases) {
    it(`with ${what} is refused, and the finding says which`, async () => {
      const { ok, findings } = await verdictOn(alter(bundle));
      expect(ok).to.equal(false);
      const found = findings.map((finding) =>
        Object.fromEntries(
          Object.keys(expected).map((key) => [key, finding[key as keyof AuditFinding]]),
        ),
      );
      expect(found).to.deep.include(expected);
    });
  }
});
