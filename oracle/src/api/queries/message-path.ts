import type { MessagePlace } from "../../store/messages.ts";
import type { Database } from "../../store/schema.ts";
import { pathReader } from "./path-reader.ts";

/** Siblings from a message's leaf up to its checkpoint's root, undefined if the store has no such leaf. */
export async function messagePath(
  db: Database,
  { checkpoint, leaf }: MessagePlace,
): Promise<Uint8Array[] | undefined> {
  return (await pathReader(db, checkpoint).read(leaf))?.path;
}
