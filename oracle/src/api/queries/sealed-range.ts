import { checkpointByIndex } from "../../store/checkpoints.ts";
import type { Store } from "../../store/open-store.ts";
import type { SealedCheckpoint } from "../audit-bundle.ts";

/** The newest index such that it and all before it are in a block; undefined if none is. */
export async function newestSealed(store: Store): Promise<number | undefined> {
  const row = await store.read
    .selectFrom("checkpoints")
    .select("idx")
    .where("sealed_at_s", "is not", null)
    .orderBy("idx", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.idx;
}

/** Sealed checkpoints in ascending order, `from` to `to`, both included. */
export async function* sealedRange(
  store: Store,
  from: number,
  to: number,
): AsyncGenerator<SealedCheckpoint> {
  for (let index = from; index <= to; index++) {
    const checkpoint = await checkpointByIndex(store, index);
    if (checkpoint?.sealing === undefined) return;
    yield { ...checkpoint, sealing: checkpoint.sealing };
  }
}
