import { type DeviceId, hex } from "@fieldseal/sdk";
import { factsOfLeaf, type PlacedLeaf, subtreesFrom } from "../../store/read-subtree.ts";
import type { Database } from "../../store/schema.ts";
import { messageBodies } from "./message-bodies.ts";

type Signed = { readonly key_type: number | null; readonly signature: Uint8Array | null };

async function signaturesOf(db: Database, ids: readonly number[]): Promise<Map<number, Signed>> {
  const rows = await db
    .selectFrom("messages")
    .select(["id", "key_type", "signature"])
    .where("id", "in", ids)
    .execute();
  return new Map(rows.map(({ id, ...signed }) => [id, signed]));
}

/** A message of a checkpoint as auditors get it; `message` is null where bodies are closed or removed. */
function view(
  { leaf, index }: PlacedLeaf,
  signed: Signed | undefined,
  raw: Uint8Array | undefined,
) {
  const { device, keyIndex, sequence, root } = factsOfLeaf(leaf);
  const signature = signed?.signature ?? null;
  return {
    index: String(index),
    device,
    keyIndex,
    sequence: sequence.toString(),
    root: hex(root),
    keyType: signed?.key_type ?? null,
    signature: signature === null ? null : hex(signature),
    message: raw === undefined ? null : Buffer.from(raw).toString("base64"),
  };
}

/** The messages of a checkpoint in the order of their leaves, from leaf `from` on, read as they are consumed. */
export async function* checkpointMessages(
  db: Database,
  checkpoint: number,
  from: number,
  mayRead: (device: DeviceId) => boolean,
) {
  for await (const leaves of subtreesFrom(db, checkpoint, from)) {
    const ids = leaves.map(({ messageId }) => messageId);
    const open = leaves.filter(({ leaf }) => mayRead(factsOfLeaf(leaf).device));
    const signatures = await signaturesOf(db, ids);
    const bodies = await messageBodies(
      db,
      open.map(({ messageId }) => messageId),
    );
    for (const leaf of leaves) {
      yield view(leaf, signatures.get(leaf.messageId), bodies.get(leaf.messageId));
    }
  }
}
