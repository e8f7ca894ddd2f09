import { fromHex } from "@fieldseal/sdk";
import type { ChainLog, SealedCheckpoint } from "../chain/types.ts";
import { checkpointByIndex } from "../store/checkpoints.ts";
import type { Store } from "../store/open-store.ts";
import { withdrawCheckpoint } from "../store/withdraw-checkpoint.ts";
import { noCommitment } from "./candidate-of.ts";

/**
 * Enters a final checkpoint of the chain that was not built from this store: its index is taken, what it holds is not
 * known. One that was built here under the same index is withdrawn, and its messages wait again.
 */
export async function adoptCheckpoint(
  store: Store,
  log: ChainLog,
  sealed: SealedCheckpoint,
  nowMs: number,
): Promise<void> {
  const { index, root, size, sealedAt, epoch, signers, judgedBlock, transaction, block } = sealed;
  const idx = Number(index);
  const previous = index === 0n ? noCommitment : fromHex(await log.commitmentOf(index - 1n));
  const own = await checkpointByIndex(store, idx);
  await store.write(async (db) => {
    if (own !== undefined) await withdrawCheckpoint(db, idx, own.judgedBlock);
    await db
      .insertInto("checkpoints")
      .values({
        idx,
        root: fromHex(root),
        size: Number(size),
        previous,
        epoch,
        judged_block: Number(judgedBlock),
        state: "final",
        built_at_ms: nowMs,
        signature: new Uint8Array(),
        sealed_at_s: Number(sealedAt),
        signers,
        tx_hash: transaction,
        block_number: block,
        receipts_sent: 1,
      })
      .execute();
  }, "sealing");
}
