import { hash } from "node:crypto";
import {
  buildTree,
  checkBody,
  decodeMessage,
  deviceIdOf,
  encodeBody,
  encodeLeaf,
  leafHash,
  messageDomain,
  openBody,
  packOf,
  signMessage,
} from "@fieldseal/sdk";
import { nodeSha256 } from "@fieldseal/sdk/node";
import { decode } from "cborg";
import type { Figures } from "../results/figures.ts";
import { fastSigner, seededBytes } from "./fast-signer.ts";
import { measureRate, measureSeconds } from "./measure-rate.ts";
import { sampleReadings, sampleSalt } from "./sample-readings.ts";

const treeLeaves = 100_000;

/** Leaves, trees and bodies beside the raw hash and the raw CBOR decoder. */
export async function measureCodec(): Promise<Figures> {
  const block = seededBytes("block");
  const sixtyFour = Buffer.concat([block, block]);
  const rawSha = measureRate(() => {
    hash("sha256", sixtyFour, "binary");
  });

  const content = { salt: sampleSalt, pack: packOf(sampleReadings(1_767_225_600_000)) };
  const body = encodeBody(content);
  if (body.kind !== "plain") throw new Error("The sample body is CBOR.");
  const rawDecode = measureRate(() => {
    decode(body.bytes, { useMaps: true, tags: { 4: (inner) => inner() } });
  });
  const open = measureRate(() => {
    openBody(body, nodeSha256);
  });

  const [record] = openBody(body).records;
  if (record === undefined) throw new Error("The sample body has records.");
  const leaf = measureRate(() => {
    leafHash(encodeLeaf(record, sampleSalt, nodeSha256), nodeSha256);
  });

  const signer = fastSigner();
  const { bytes } = await signMessage({
    signer,
    device: deviceIdOf(signer.publicKey),
    keyIndex: 0,
    sequence: 1n,
    domain: messageDomain(31337n, `0x${"aa".repeat(20)}`),
    body,
  });
  const message = measureRate(() => {
    checkBody(decodeMessage(bytes), nodeSha256);
  });

  const leaves = Array.from({ length: treeLeaves }, (_, i) => seededBytes(`leaf ${i}`));
  const treeS = measureSeconds(() => {
    buildTree(leaves, nodeSha256);
  });
  return {
    "limit.sha256_64_bytes_per_s": rawSha,
    "limit.cborg_decode_10_records_per_s": rawDecode,
    "speed.leaf_per_s": leaf,
    "speed.open_body_10_records_per_s": open,
    "speed.decode_and_root_10_records_per_s": message,
    "speed.tree_100000_s": treeS,
    "share.leaf_of_sha256": leaf / rawSha,
    "share.open_body_of_cborg": open / rawDecode,
    "share.tree_of_sha256": (treeLeaves - 1) / treeS / rawSha,
  };
}
