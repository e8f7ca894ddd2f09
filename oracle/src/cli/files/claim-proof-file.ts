import { FieldsealError, fromHex, hex, type KeyType } from "@fieldseal/sdk";
import { z } from "zod";
import type { ManifestProof } from "../../manifest/open-manifest.ts";
import { readJsonFile } from "./read-json.ts";
import { createFile } from "./write-file.ts";

/** What a manufacturer hands out with a device, so that its owner can claim it. */
export type ClaimProof = ManifestProof & { readonly root: `0x${string}`; readonly size: number };

const hash = z.string().regex(/^0x[0-9a-f]{64}$/);

const schema = z.strictObject({
  format: z.literal("fieldseal-claim-proof/1"),
  root: hash,
  size: z.number().int().min(1),
  serial: z.string().min(1).max(128),
  keyType: z.union([z.literal(1), z.literal(2)]),
  publicKey: z.string().regex(/^0x[0-9a-f]{128}$/),
  position: z.number().int().min(0),
  path: z.array(hash).max(64),
});

/** The proof as its file's object. */
export function claimProofJson({ root, size, serial, key, position, path }: ClaimProof) {
  return {
    format: "fieldseal-claim-proof/1",
    root,
    size,
    serial,
    keyType: key.keyType,
    publicKey: hex(key.point),
    position,
    path: path.map(hex),
  };
}

/** @throws FILE_EXISTS, FILE_UNWRITABLE */
export function writeClaimProof(path: string, proof: ClaimProof): void {
  createFile(path, `${JSON.stringify(claimProofJson(proof), null, 2)}\n`);
}

/** @throws FILE_UNREADABLE, FILE_FORMAT */
export function readClaimProof(path: string): ClaimProof {
  const parsed = schema.safeParse(readJsonFile(path));
  if (!parsed.success) {
    throw new FieldsealError("FILE_FORMAT", `${path} holds no proof of a device in a manifest.`);
  }
  const { root, size, serial, position, ...rest } = parsed.data;
  const keyType: KeyType = rest.keyType;
  return {
    root: hex(fromHex(root, 32)),
    size,
    serial,
    key: { keyType, point: fromHex(rest.publicKey, 64) },
    position,
    path: rest.path.map((hash) => fromHex(hash, 32)),
  };
}
