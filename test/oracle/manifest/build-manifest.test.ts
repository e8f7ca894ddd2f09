import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  buildTree,
  encodeManifestLeaf,
  hex,
  leafHash,
  rootFromPath,
  serialHash,
} from "@fieldseal/sdk";
import { expect } from "chai";
import { buildManifest } from "../../../oracle/src/manifest/build-manifest.ts";
import { openManifest } from "../../../oracle/src/manifest/open-manifest.ts";
import {
  listedRow,
  listedSerial,
  listedSigner,
  writeDeviceList,
} from "../../support/device-list.ts";
import { temporaryFolder } from "../../support/service.ts";

const header = "serial,keyType,publicKey";

describe("a manufacturer's manifest", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const inFolder = (name: string) => join(folder.path, name);
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  const build = () => buildManifest(inFolder("list.csv"), inFolder("out.manifest"));
  const refusalOf = async (rows: readonly string[]) => {
    writeFileSync(inFolder("list.csv"), rows.join("\n"));
    const error: unknown = await build().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(readdirSync(folder.path), "nothing half-written").to.deep.equal(["list.csv"]);
    const { code, message } = error as { code: string; message: string };
    return `${code} ${message}`;
  };

  for (const size of [1, 2, 3, 5, 8, 33, 100]) {
    it(`of ${size} has the root of RFC 9162, and each device's path leads to it`, async () => {
      writeDeviceList(inFolder("list.csv"), size);
      const built = await build();
      const devices = Array.from({ length: size }, (_, i) => ({
        serial: listedSerial(i),
        leaf: encodeManifestLeaf(serialHash(listedSerial(i)), listedSigner(i).publicKey),
      })).sort((a, b) => Buffer.compare(a.leaf, b.leaf));
      const tree = buildTree(devices.map(({ leaf }) => leafHash(leaf)));
      expect(built).to.deep.equal({ root: hex(tree.root), size });
      const manifest = openManifest(inFolder("out.manifest"));
      for (const [position, { serial, leaf }] of devices.entries()) {
        const proof = manifest.proofOf(serial);
        expect(proof.position).to.equal(position);
        expect(proof.path.map(hex)).to.deep.equal(tree.path(position).map(hex));
        const root = rootFromPath(leafHash(leaf), position, size, proof.path);
        expect(hex(root ?? new Uint8Array())).to.equal(built.root);
      }
      expect(() => manifest.proofOf("SN-of-nobody"))
        .to.throw()
        .with.property("code", "MANIFEST_SERIAL");
      manifest.close();
    });
  }

  it("is the same whatever the order, the spelling of keys and types, and the ends of lines", async () => {
    writeDeviceList(inFolder("list.csv"), 20);
    const { root } = await build();
    const [head = "", ...rows] = readFileSync(inFolder("list.csv"), "utf8").trim().split("\n");
    const spelled = rows.reverse().map((row) => {
      const [serial = "", type = "", key = ""] = row.split(",");
      return `"${serial}",${type === "p256" ? "2" : "1"},0x04${key.toUpperCase()}`;
    });
    writeFileSync(inFolder("list.csv"), `\uFEFF${[head, ...spelled].join("\r\n")}\r\n`);
    const again = await buildManifest(inFolder("list.csv"), inFolder("again.manifest"));
    expect(again.root).to.equal(root);
  });

  it("refuses a list that does not say what its columns are, or names no device", async () => {
    expect(await refusalOf([listedRow(0)])).to.match(/^MANIFEST_HEADER /);
    expect(await refusalOf(["serial,publicKey,keyType", listedRow(0)])).to.match(
      /^MANIFEST_HEADER /,
    );
    expect(await refusalOf([header])).to.match(/^MANIFEST_EMPTY /);
    expect(await refusalOf([""])).to.match(/^MANIFEST_EMPTY /);
  });

  it("names the two lines that have one serial number, or one key", async () => {
    const key = listedRow(1).split(",").slice(1).join();
    const rows = [header, listedRow(0), listedRow(1), listedRow(2)];
    const other = listedRow(9).split(",").slice(1).join();
    expect(await refusalOf([...rows, `${listedSerial(0)},${other}`])).to.match(
      /^MANIFEST_DUPLICATE Lines 2 and 5 have the same serial number/,
    );
    expect(await refusalOf([...rows, `SN-else,${key}`])).to.match(
      /^MANIFEST_DUPLICATE Lines 3 and 5 have the same key/,
    );
  });

  const [, type = "", key = ""] = listedRow(1).split(",");
  const bad: readonly (readonly [string, string])[] = [
    ["an empty serial number", `,${type},${key}`],
    ["spaces around the serial number", ` SN,${type},${key}`],
    ["a control character in it", `S\tN,${type},${key}`],
    ["a serial number that is too long", `${"é".repeat(65)},${type},${key}`],
    ["another key type", `SN,ed25519,${key}`],
    ["a key that is too short", `SN,${type},${key.slice(2)}`],
    ["a key that is no hex", `SN,${type},${key.slice(1)}g`],
    ["a compressed key", `SN,${type},02${key.slice(2, 66)}`],
    ["a point off the curve", `SN,${type},${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}`],
    ["a point of the other curve", `SN,secp256k1,${key}`],
    ["a coordinate that is not reduced", `SN,${type},${"f".repeat(128)}`],
    ["a column too few", `SN,${type}`],
    ["a column too many", `SN,${type},${key},`],
    ["an oversized row", `SN,${type},${key}${"0".repeat(5_000)}`],
    ["a quote that is not closed", `"SN,${type},${key}`],
  ];
  for (const [what, row] of bad) {
    it(`refuses ${what}, with its line`, async () => {
      expect(await refusalOf([header, listedRow(0), row])).to.match(/^MANIFEST_ROW Line 3: /);
    });
  }

  it("overwrites nothing, and says so when a file is missing or no manifest", async () => {
    writeDeviceList(inFolder("list.csv"), 3);
    await build();
    const codeOf = (work: () => unknown) =>
      Promise.resolve()
        .then(work)
        .then(
          () => "none",
          (error: { code: string }) => error.code,
        );
    expect(await codeOf(build)).to.equal("FILE_EXISTS");
    expect(await codeOf(() => buildManifest(inFolder("none.csv"), inFolder("x")))).to.equal(
      "FILE_UNREADABLE",
    );
    expect(await codeOf(() => openManifest(inFolder("none")))).to.equal("FILE_UNREADABLE");
    expect(await codeOf(() => openManifest(inFolder("list.csv")))).to.equal("FILE_FORMAT");
    const whole = readFileSync(inFolder("out.manifest"));
    writeFileSync(inFolder("short"), whole.subarray(0, -1));
    expect(await codeOf(() => openManifest(inFolder("short")))).to.equal("FILE_FORMAT");
    const altered = Buffer.from(whole);
    altered[altered.length - 40] = (altered.at(-40) ?? 0) ^ 1;
    writeFileSync(inFolder("altered"), altered);
    const proofs = [0, 1, 2].map((i) =>
      codeOf(() => openManifest(inFolder("altered")).proofOf(listedSerial(i))),
    );
    expect(await Promise.all(proofs)).to.include("FILE_FORMAT");
  });
});
