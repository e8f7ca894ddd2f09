import { readFileSync } from "node:fs";
import { relative } from "node:path";
import {
  bodyRoot,
  checkBody,
  checkProofOffline,
  type DeviceMessage,
  decodeMessage,
  encodeCoseMessage,
  encodeJsonMessage,
  errorCode,
  fromHex,
  hex,
  type KeyType,
  leafHash,
  openBody,
  parseProof,
  rootFromPath,
  sha256,
  sigStructure,
  treeRoot,
  u32,
  utf8,
  verifyDigest,
} from "@fieldseal/sdk";
import { verifySignature } from "@fieldseal/sdk/node";
import { expect } from "chai";
import { root } from "../../scripts/bootstrap.mjs";
import { domain } from "../../scripts/generate/vectors/identities.ts";
import type { RefusalVector } from "../../scripts/generate/vectors/refusals.ts";
import { vectorFiles } from "../../scripts/generate/vectors.ts";

type Vector = Readonly<Record<string, string>>;

function read<Content>(name: string): Content {
  return JSON.parse(
    readFileSync(new URL(`../../sdk/vectors/${name}.json`, import.meta.url), "utf8"),
  );
}

function code(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return errorCode(error) ?? String(error);
  }
}

describe("golden vectors", () => {
  it("are what the SDK makes today", async () => {
    for (const [path, text] of await vectorFiles()) {
      expect(readFileSync(path, "utf8") === text, relative(root, path)).to.equal(true);
    }
  });

  it("hold messages that decode to their facts, readings and root, and encode to the same bytes", () => {
    for (const vector of read<Vector[]>("messages")) {
      const bytes =
        vector.encoding === "json" ? utf8(vector.message ?? "") : fromHex(vector.message ?? "");
      const message = decodeMessage(bytes);
      expect(message.device).to.equal(vector.device);
      expect(hex(message.root)).to.equal(vector.root);
      expect(checkBody(message).length).to.equal(vector.readings?.length);
      const encode = vector.encoding === "json" ? encodeJsonMessage : encodeCoseMessage;
      expect(hex(encode(message))).to.equal(hex(bytes));
    }
  });

  it("hold signatures that both verifiers accept, and refuse once the root differs", async () => {
    const keys = new Map(
      read<{ keys: (Vector & { keyType: KeyType })[] }>("identities").keys.map((key) => [
        key.id,
        key,
      ]),
    );
    for (const vector of read<(Vector & { keyType: KeyType })[]>("messages")) {
      const { keyType } = vector;
      const key = { keyType, point: fromHex(keys.get(vector.device)?.key ?? "") };
      const signed = fromHex(vector.sigStructure ?? "");
      const signature = fromHex(vector.signature ?? "");
      expect(verifyDigest(key, sha256(signed), signature)).to.equal(true);
      expect(await verifySignature(key, signed, signature)).to.equal(true);
      signed[signed.length - 1] = (signed.at(-1) ?? 0) ^ 1;
      expect(verifyDigest(key, sha256(signed), signature)).to.equal(false);
      expect(await verifySignature(key, signed, signature)).to.equal(false);
    }
  });

  it("hold refusals with the code that every implementation gives", () => {
    for (const vector of read<RefusalVector[]>("refusals")) {
      const found = code(() => refuse(vector));
      expect(found, vector.name).to.equal(vector.code);
    }
  });

  it("hold trees whose paths lead to their roots", () => {
    for (const tree of read<{ size: number; root: string; paths: string[][] }[]>("trees")) {
      for (const [index, path] of tree.paths.entries()) {
        const nodes = path.map((node) => fromHex(node));
        const found = rootFromPath(leafHash(u32(index)), index, tree.size, nodes);
        expect(hex(found ?? new Uint8Array())).to.equal(tree.root);
      }
    }
  });

  it("hold proofs that verify offline with the device's signature", () => {
    const { commitment } = read<Vector>("checkpoint");
    for (const json of read<unknown[]>("proofs")) {
      const verdict = checkProofOffline(parseProof(json), domain);
      expect(hex(verdict.commitment)).to.equal(commitment);
      expect(verdict.signatureChecked).to.equal(true);
    }
  });
});

describe("published examples", () => {
  it("RFC 9052 C.2.1 verifies with the RFC's key, and is none of our messages", async () => {
    for (const vector of read<(Vector & { keyType: KeyType })[]>("rfc9052")) {
      const key = { keyType: vector.keyType, point: fromHex(vector.key ?? "") };
      const signed = fromHex(vector.sigStructure ?? "");
      const signature = fromHex(vector.signature ?? "");
      expect(verifyDigest(key, sha256(signed), signature)).to.equal(true);
      expect(await verifySignature(key, signed, signature)).to.equal(true);
      expect(code(() => decodeMessage(fromHex(vector.message ?? "")))).to.equal("MESSAGE_TEMPLATE");
    }
  });

  it("the trees of RFC 6962's reference implementation have our roots", () => {
    const leaves = [
      "",
      "00",
      "10",
      "2021",
      "3031",
      "40414243",
      "5051525354555657",
      "606162636465666768696a6b6c6d6e6f",
    ];
    const roots = [
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    const hashes = leaves.map((leaf) => leafHash(fromHex(`0x${leaf}`)));
    for (const [i, expected] of roots.entries()) {
      expect(hex(treeRoot(hashes.slice(0, i + 1)))).to.equal(`0x${expected}`);
    }
  });

  it("a message's Sig_structure begins as section 4.4 says", () => {
    const facts = { device: `0x${"11".repeat(20)}`, keyIndex: 1, sequence: 2n } as const;
    const bytes = sigStructure({ ...facts, root: new Uint8Array(32), keyType: 2 }, domain);
    expect(hex(bytes.subarray(0, 12))).to.equal("0x846a5369676e617475726531");
  });
});

function refuse(vector: RefusalVector): unknown {
  if ("body" in vector) return openBody({ kind: "plain", bytes: fromHex(vector.body) });
  if ("jsonBody" in vector) return openBody({ kind: "json", text: vector.jsonBody });
  const bytes = "message" in vector ? fromHex(vector.message) : utf8(vector.jsonMessage);
  const message: DeviceMessage = decodeMessage(bytes);
  const { salt, records } = openBody(message.body);
  return bodyRoot(salt, records);
}
