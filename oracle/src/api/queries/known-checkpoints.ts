import { FieldsealError } from "@fieldseal/sdk";
import type { Store } from "../../store/open-store.ts";
import { firstWithBodies } from "../../store/remove-bodies.ts";

/** The newest checkpoint of a range that was not built from this store; undefined if all were. */
async function newestAdopted({ read }: Store, first: number, last: number) {
  const row = await read
    .selectFrom("checkpoints")
    .leftJoin("checkpoint_trees", "checkpoint_index", "idx")
    .select("idx")
    .where("checkpoint_index", "is", null)
    .where("idx", ">=", first)
    .where("idx", "<=", last)
    .orderBy("idx", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.idx;
}

/** @throws CHECKPOINT_UNKNOWN if the messages of one of the checkpoints are not known here */
export async function requireKnown(store: Store, first: number, last: number): Promise<void> {
  const adopted = await newestAdopted(store, first, last);
  if (adopted === undefined) return;
  throw new FieldsealError(
    "CHECKPOINT_UNKNOWN",
    `Checkpoint ${adopted} was not built from this store: its messages are not known here.`,
    { checkpoint: adopted },
  );
}

/** The first checkpoint of a range from which on this store holds all messages with their bodies. */
export async function firstWhole(store: Store, first: number, last: number): Promise<number> {
  const adopted = await newestAdopted(store, first, last);
  return Math.max(
    first,
    await firstWithBodies(store.read),
    adopted === undefined ? 0 : adopted + 1,
  );
}

/** @throws BODY_MISSING if bodies of one of the checkpoints were removed; CHECKPOINT_UNKNOWN */
export async function requireWhole(store: Store, first: number, last: number): Promise<void> {
  await requireKnown(store, first, last);
  const whole = await firstWithBodies(store.read);
  if (first >= whole) return;
  throw new FieldsealError(
    "BODY_MISSING",
    `The bodies of messages in checkpoints before ${whole} were removed: ask from ${whole} on.`,
    { checkpoint: whole },
  );
}
