import {
  checkBody,
  checkProofOffline,
  decodeMessage,
  decryptBody,
  disclose,
  encodeBody,
  encryptBody,
  hex,
  openBody,
  type ProofFile,
  packOf,
  parseProof,
  proofCalldata,
  signMessage,
  verifyProof,
} from "@fieldseal/sdk";
import { expect } from "chai";
import {
  domain,
  flipped,
  log,
  logAbi,
  rootOfBody,
  sealWorld,
  type TestMessage,
  testDevice,
  testMessage,
} from "./sealed-world.ts";
import { refusal, refusalOf } from "./support.ts";

const meter = testDevice(2, 1);
const pump = testDevice(1, 2);
const readings = [
  { name: "temperature", unit: "Cel", value: 21.5, timeMs: 1700000000000 },
  { name: "log", text: "door opened", timeMs: 1700000000000 },
  { name: "count", value: 3, timeMs: 1700000000000 },
];

async function world() {
  const sealed: TestMessage[] = [];
  for (let i = 1; i <= 3; i++) {
    sealed.push(await testMessage(meter, i, readings), await testMessage(pump, i, readings));
  }
  const made = sealWorld([sealed]);
  const { message } = sealed[2] as TestMessage;
  const proof = disclose(made.proofOf(message), message.body, 1);
  return { ...made, message, proof };
}

describe("a reading's proof", () => {
  it("survives its file and verifies offline and against the chain", async () => {
    const { proof, provider } = await world();
    const parsed = parseProof(JSON.parse(JSON.stringify(proof)));
    expect(parsed).to.deep.equal(proof);
    expect(parsed.reading.text).to.equal("door opened");
    expect(checkProofOffline(parsed, domain).signatureChecked).to.equal(true);
    expect(
      (await verifyProof(parsed, { provider: provider(parsed), log })).signatureChecked,
    ).to.equal(true);
  });

  it("fits the contract's structs", async () => {
    const { proof } = await world();
    const { proof: struct, word } = proofCalldata(proof);
    const data = logAbi.encodeFunctionData("verifySigned", [1n, struct, word]);
    expect(logAbi.decodeFunctionData("verifySigned", data).length).to.equal(3);
  });

  /** The preimage shown as data, where the leaf says text. */
  const asData = ({ text, ...rest }: ProofFile["reading"]): ProofFile["reading"] => ({
    ...rest,
    data: hex(Buffer.from(text ?? "")),
  });

  it("names the altered part", async () => {
    const { proof } = await world();
    const { message, reading, checkpoint } = proof;
    const cases: readonly (readonly [string, ProofFile])[] = [
      ["PROOF_READING", { ...proof, reading: { ...reading, value: "0" } }],
      ["PROOF_READING", { ...proof, reading: { ...reading, kind: 3 } }],
      ["PROOF_READING", { ...proof, reading: { ...reading, time: "1" } }],
      ["PROOF_READING", { ...proof, reading: { ...reading, metric: "lag" } }],
      ["PROOF_READING", { ...proof, reading: { ...reading, record: 0 } }],
      ["PROOF_READING", { ...proof, reading: { ...reading, records: 2 } }],
      ["PROOF_READING", { ...proof, reading: { ...reading, salt: flipped(reading.salt) } }],
      ["PROOF_READING", { ...proof, reading: { ...reading, path: reading.path.map(flipped) } }],
      ["PROOF_READING", { ...proof, reading: { ...reading, text: "door shut" } }],
      ["PROOF_READING", { ...proof, reading: asData(reading) }],
      ["PROOF_READING", { ...proof, message: { ...message, root: flipped(message.root) } }],
      ["PROOF_MESSAGE", { ...proof, message: { ...message, sequence: "1" } }],
      ["PROOF_MESSAGE", { ...proof, message: { ...message, index: "0" } }],
      ["PROOF_MESSAGE", { ...proof, message: { ...message, device: pump.id } }],
      ["PROOF_MESSAGE", { ...proof, message: { ...message, path: message.path.slice(1) } }],
      [
        "PROOF_MESSAGE",
        { ...proof, checkpoint: { ...checkpoint, root: flipped(checkpoint.root) } },
      ],
      ["PROOF_KEY", { ...proof, message: { ...message, key: flipped(message.key) } }],
      [
        "PROOF_KEY",
        { ...proof, message: { ...message, keyType: pump.key.keyType, key: hex(pump.key.point) } },
      ],
      [
        "PROOF_SIGNATURE",
        { ...proof, message: { ...message, signature: flipped(message.signature) } },
      ],
    ];
    for (const [code, altered] of cases) {
      expect(
        refusal(() => checkProofOffline(altered, domain)),
        code,
      ).to.equal(code);
    }
    expect(refusal(() => checkProofOffline(proof, new Uint8Array(32)))).to.equal("PROOF_SIGNATURE");
  });

  it("names what the chain does not agree with", async () => {
    const { proof, provider } = await world();
    const ask = (altered: ProofFile, trusted: string = log) =>
      refusalOf(verifyProof(altered, { provider: provider(altered), log: trusted }));
    const { checkpoint, message } = proof;
    expect(await ask({ ...proof, checkpoint: { ...checkpoint, sealedAt: "1" } })).to.equal(
      "PROOF_CHECKPOINT",
    );
    expect(await ask({ ...proof, checkpoint: { ...checkpoint, index: "7" } })).to.equal(
      "PROOF_CHECKPOINT",
    );
    expect(await ask(proof, `0x${"99".repeat(20)}`)).to.equal("PROOF_CHECKPOINT");
    const otherId = verifyProof(proof, { provider: provider(proof), log, logId: 2n });
    expect(await refusalOf(otherId)).to.equal("PROOF_CHECKPOINT");
    const otherContract = { ...provider(proof), call: async () => "0x01" };
    expect(await refusalOf(verifyProof(proof, { provider: otherContract }))).to.equal(
      "PROOF_CHAIN",
    );
    expect(
      await ask({ ...proof, message: { ...message, signature: flipped(message.signature) } }),
    ).to.equal("PROOF_SIGNATURE");
    expect(await ask({ ...proof, chainId: 1 })).to.equal("PROOF_CHAIN");
  });

  it("is refused as a file when a member is missing or malformed", async () => {
    const { proof } = await world();
    const cases: readonly unknown[] = [
      null,
      [],
      { ...proof, format: "fieldseal-proof/2" },
      { ...proof, reading: undefined },
      { ...proof, logId: 1 },
      { ...proof, checkpoint: { ...proof.checkpoint, size: "18446744073709551616" } },
      { ...proof, message: { ...proof.message, keyType: 3 } },
      { ...proof, message: { ...proof.message, path: ["0x00"] } },
      { ...proof, reading: { ...proof.reading, value: "1.5" } },
      { ...proof, reading: { ...proof.reading, metric: "a b" } },
    ];
    for (const json of cases) expect(refusal(() => parseProof(json))).to.equal("PROOF_FORMAT");
  });
});

describe("an encrypted message", () => {
  const key = new Uint8Array(32).fill(7);
  const salt = new Uint8Array(16).fill(8);

  async function sealedFromTheOracle() {
    const plain = encodeBody({ salt, pack: packOf(readings) });
    const body = await encryptBody(plain, key, new Uint8Array(12).fill(1));
    const facts = { signer: meter.signer, device: meter.id, keyIndex: 0, sequence: 9n, domain };
    return { plain, ...(await signMessage({ ...facts, body, root: rootOfBody(plain) })) };
  }

  it("is decoded without being opened, and opens with its key only", async () => {
    const { plain, bytes, message } = await sealedFromTheOracle();
    const decoded = decodeMessage(bytes);
    expect(decoded).to.deep.equal(message);
    expect(decoded.body.kind).to.equal("encrypted");
    expect(checkBody(decoded)).to.deep.equal([]);
    expect(refusal(() => openBody(decoded.body))).to.equal("BODY_ENCRYPTED");
    expect(await decryptBody(decoded.body, key)).to.deep.equal(plain);
    expect(await refusalOf(decryptBody(decoded.body, new Uint8Array(32)))).to.equal(
      "BODY_ENCRYPTED",
    );
  });

  it("discloses one reading, and nothing of its neighbours", async () => {
    const { plain, bytes } = await sealedFromTheOracle();
    const message = decodeMessage(bytes);
    const { proofOf, provider } = sealWorld([
      [{ bytes, message, from: meter }, await testMessage(pump, 1, readings)],
    ]);
    const proof = disclose(proofOf(message), plain, 0);
    expect(JSON.stringify(proof)).to.not.include("door opened");
    expect(
      (await verifyProof(proof, { provider: provider(proof), log })).signatureChecked,
    ).to.equal(true);
  });

  it("discloses nothing from another body", async () => {
    const { bytes } = await sealedFromTheOracle();
    const message = decodeMessage(bytes);
    const { proofOf } = sealWorld([[{ bytes, message, from: meter }]]);
    const other = encodeBody({ salt, pack: packOf(readings.slice(1)) });
    expect(refusal(() => disclose(proofOf(message), other, 0))).to.equal("BODY_ROOT_MISMATCH");
  });

  it("needs the root of its plaintext to be signed", async () => {
    const body = await encryptBody(
      encodeBody({ salt, pack: packOf(readings) }),
      key,
      new Uint8Array(12),
    );
    const facts = { signer: meter.signer, device: meter.id, keyIndex: 0, sequence: 9n, domain };
    expect(await refusalOf(signMessage({ ...facts, body }))).to.equal("BODY_ENCRYPTED");
  });
});
