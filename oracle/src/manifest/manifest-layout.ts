/** First bytes of a manifest file. */
export const manifestMagic = "fieldseal-manifest/1\n";

/** Magic, then size (8 bytes, big-endian) and root (32). */
export const headerBytes = manifestMagic.length + 8 + 32;

/** A device as its leaf has it: SHA-256 of the serial number ‖ key type ‖ x ‖ y. */
export const leafBytes = 97;
export const hashBytes = 32;

/** A level of the tree: where its hashes begin in the file, and how many there are. */
export type Level = { readonly offset: number; readonly count: number };

/** Where everything is in the file of a manifest of `size` devices. */
export type ManifestLayout = {
  /** Leaves in the order of the tree, which is that of their serial hashes. */
  readonly leaves: number;
  /** Leaf hashes first, root last. The last hash of a level without a sibling goes up as it is (RFC 9162 §2.1). */
  readonly levels: readonly Level[];
  readonly total: number;
};

/** @param size number of devices, at least 1 */
export function manifestLayout(size: number): ManifestLayout {
  const levels: Level[] = [];
  let offset = headerBytes + size * leafBytes;
  for (let count = size; ; count = Math.ceil(count / 2)) {
    levels.push({ offset, count });
    offset += count * hashBytes;
    if (count === 1) break;
  }
  return { leaves: headerBytes, levels, total: offset };
}
