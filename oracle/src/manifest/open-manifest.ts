import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import {
  FieldsealError,
  hex,
  type KeyType,
  leafHash,
  type PublicKey,
  rootFromPath,
  serialHash,
} from "@fieldseal/sdk";
import {
  hashBytes,
  headerBytes,
  leafBytes,
  type ManifestLayout,
  manifestLayout,
  manifestMagic,
} from "./manifest-layout.ts";

/** A device's place in a manifest, as its owner claims it with. */
export type ManifestProof = {
  readonly serial: string;
  readonly key: PublicKey;
  readonly position: number;
  readonly path: readonly Uint8Array[];
};

/** A manifest on disk. */
export type ManifestFile = {
  readonly root: `0x${string}`;
  readonly size: number;
  /** @throws MANIFEST_SERIAL when it is not there, FILE_FORMAT when the file was changed */
  proofOf(serial: string): ManifestProof;
  close(): void;
};

function broken(path: string): FieldsealError {
  return new FieldsealError("FILE_FORMAT", `${path} is no whole manifest.`);
}

function read(file: number, path: string, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  if (readSync(file, bytes, 0, length, offset) !== length) throw broken(path);
  return bytes;
}

function open(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw new FieldsealError("FILE_UNREADABLE", `${path} cannot be read.`, {}, { cause });
  }
}

function siblings(file: number, path: string, layout: ManifestLayout, position: number) {
  const found: Buffer[] = [];
  let at = position;
  for (const { offset, count } of layout.levels) {
    const sibling = at ^ 1;
    if (sibling < count) found.push(read(file, path, offset + sibling * hashBytes, hashBytes));
    at >>= 1;
  }
  return found;
}

/** The position of the leaf that begins with `wanted`, by halves. */
function positionOf(leafAt: (position: number) => Buffer, size: number, wanted: Uint8Array) {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (leafAt(middle).subarray(0, hashBytes).compare(wanted) < 0) low = middle + 1;
    else high = middle;
  }
  return low < size && leafAt(low).subarray(0, hashBytes).equals(wanted) ? low : undefined;
}

/** @throws FILE_UNREADABLE, FILE_FORMAT */
export function openManifest(path: string): ManifestFile {
  const file = open(path);
  try {
    const header = read(file, path, 0, headerBytes);
    const size = Number(header.readBigUInt64BE(manifestMagic.length));
    const root = header.subarray(headerBytes - hashBytes);
    const isManifest = header.subarray(0, manifestMagic.length).toString("latin1");
    if (isManifest !== manifestMagic || size < 1 || size > 2 ** 31) throw broken(path);
    const layout = manifestLayout(size);
    if (fstatSync(file).size !== layout.total) throw broken(path);
    const leafAt = (position: number) =>
      read(file, path, layout.leaves + position * leafBytes, leafBytes);
    return {
      root: hex(root),
      size,
      proofOf(serial) {
        const position = positionOf(leafAt, size, serialHash(serial));
        if (position === undefined) {
          throw new FieldsealError("MANIFEST_SERIAL", `No device "${serial}" in ${path}.`);
        }
        const leaf = leafAt(position);
        const proof = siblings(file, path, layout, position);
        const leads = rootFromPath(leafHash(leaf), position, size, proof);
        const keyType = leaf[hashBytes];
        if (leads === undefined || !root.equals(leads) || !isKeyType(keyType)) throw broken(path);
        const key = { keyType, point: Uint8Array.from(leaf.subarray(hashBytes + 1)) };
        return { serial, key, position, path: proof };
      },
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

const isKeyType = (value: number | undefined): value is KeyType => value === 1 || value === 2;
