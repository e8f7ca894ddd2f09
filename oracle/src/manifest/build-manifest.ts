import { hash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { FieldsealError, hex } from "@fieldseal/sdk";
import {
  hashBytes,
  headerBytes,
  type Level,
  leafBytes,
  type ManifestLayout,
  manifestLayout,
  manifestMagic,
} from "./manifest-layout.ts";
import { readRows } from "./read-rows.ts";
import { type SortedRows, sortRows } from "./sorted-rows.ts";

/** What a manufacturer commits to. */
export type BuiltManifest = { readonly root: `0x${string}`; readonly size: number };

const chunkBytes = 1 << 20;
const sha = (data: Buffer): Buffer => hash("sha256", data, "buffer");

/** Writes ahead from an offset, a chunk at a time. */
function writerAt(file: number, offset: number) {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  let used = 0;
  let position = offset;
  const flush = () => {
    for (let done = 0; done < used; ) {
      done += writeSync(file, chunk, done, used - done, position + done);
    }
    position += used;
    used = 0;
  };
  return {
    write(data: Buffer) {
      if (used + data.length > chunkBytes) flush();
      used += data.copy(chunk, used);
    },
    flush,
  };
}

function writeLeaves(file: number, rows: SortedRows, layout: ManifestLayout): void {
  const leaves = writerAt(file, layout.leaves);
  const hashes = writerAt(file, layout.levels[0]?.offset ?? 0);
  const prefixed = Buffer.alloc(1 + leafBytes);
  for (const leaf of rows.leaves()) {
    leaves.write(leaf);
    leaf.copy(prefixed, 1);
    hashes.write(sha(prefixed));
  }
  leaves.flush();
  hashes.flush();
}

/** Hashes pairs of `below`; the last one without a sibling goes up as it is. */
function writeLevel(file: number, below: Level, level: Level): void {
  const out = writerAt(file, level.offset);
  const pairs = Buffer.allocUnsafe(chunkBytes);
  const node = Buffer.alloc(1 + 2 * hashBytes, 1);
  const end = below.offset + below.count * hashBytes;
  for (let position = below.offset; position < end; ) {
    const wanted = Math.min(chunkBytes, end - position);
    const got = readSync(file, pairs, 0, wanted, position);
    if (got !== wanted)
      throw new FieldsealError("FILE_UNWRITABLE", "The disk lost what was written.");
    for (let at = 0; at < got; at += 2 * hashBytes) {
      const pair = pairs.subarray(at, Math.min(at + 2 * hashBytes, got));
      if (pair.length === hashBytes) {
        out.write(pair);
        continue;
      }
      pair.copy(node, 1);
      out.write(sha(node));
    }
    position += got;
  }
  out.flush();
}

function writeManifest(file: number, rows: SortedRows): BuiltManifest {
  const layout = manifestLayout(rows.count);
  writeLeaves(file, rows, layout);
  layout.levels.reduce((below, level) => {
    writeLevel(file, below, level);
    return level;
  });
  const root = Buffer.alloc(hashBytes);
  readSync(file, root, 0, hashBytes, layout.total - hashBytes);
  const header = Buffer.alloc(headerBytes);
  header.write(manifestMagic, "latin1");
  header.writeBigUInt64BE(BigInt(rows.count), manifestMagic.length);
  root.copy(header, headerBytes - hashBytes);
  writeSync(file, header, 0, headerBytes, 0);
  fsyncSync(file);
  return { root: hex(root), size: rows.count };
}

async function writeInto(csv: string, sorting: string, next: string): Promise<BuiltManifest> {
  const rows = await sortRows(readRows(csv), sorting);
  try {
    if (rows.count === 0) throw new FieldsealError("MANIFEST_EMPTY", `${csv} names no device.`);
    const file = openSync(next, "wx+");
    try {
      return writeManifest(file, rows);
    } finally {
      closeSync(file);
    }
  } finally {
    rows.close();
  }
}

/**
 * Makes the manifest of a list of devices: a file from which each device's proof is read without the list. Memory
 * does not grow with the list; what is written stands beside `out` until it is whole.
 * @throws MANIFEST_HEADER, MANIFEST_ROW, MANIFEST_DUPLICATE, MANIFEST_EMPTY, FILE_UNREADABLE, FILE_EXISTS, FILE_UNWRITABLE
 */
export async function buildManifest(csv: string, out: string): Promise<BuiltManifest> {
  if (existsSync(out)) {
    throw new FieldsealError("FILE_EXISTS", `${out} exists already and is not overwritten.`);
  }
  const [sorting, next] = [`${out}.sorting`, `${out}.new`];
  const clear = () => {
    for (const path of [sorting, next]) rmSync(path, { force: true });
  };
  clear();
  try {
    const built = await writeInto(csv, sorting, next);
    renameSync(next, out);
    return built;
  } catch (error) {
    if (error instanceof FieldsealError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    const message = `${out} cannot be written (${code}).`;
    throw new FieldsealError("FILE_UNWRITABLE", message, {}, { cause: error });
  } finally {
    clear();
  }
}
