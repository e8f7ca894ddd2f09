import { equalBytes, FieldsealError, fromHex } from "@fieldseal/sdk";
import type { ChainLog, SealedCheckpoint } from "../chain/types.ts";
import type { Common } from "../internal/common.ts";
import { endAdoption, mayAdopt } from "../store/adoption.ts";
import {
  checkpointByIndex,
  newestCheckpoint,
  openCheckpoints,
  type StoredCheckpoint,
  updateCheckpoint,
} from "../store/checkpoints.ts";
import type { Store } from "../store/open-store.ts";
import { unsealedMessages } from "../store/unsealed-messages.ts";
import { adoptCheckpoint } from "./adopt-checkpoint.ts";
import { buildCheckpoint } from "./build-checkpoint.ts";
import { candidateOf, commitmentOf, noCommitment } from "./candidate-of.ts";
import type { OperatorSigner } from "./operator-signer.ts";
import { type PublishReceipt, sendReceipts } from "./send-receipts.ts";

/** When a checkpoint is built, and how often the chain is asked. */
export type SealPolicy = {
  /** As soon as so many messages wait … */
  readonly maxMessages: number;
  /** … or the oldest waited so long. */
  readonly maxAgeMs: number;
  readonly maxPerCheckpoint: number;
  /** Between two looks at the store and, while a checkpoint is not final, at the chain. */
  readonly pollMs: number;
  /** After the log refused a checkpoint. */
  readonly retryMs: number;
};

const defaultSealPolicy: SealPolicy = {
  maxMessages: 10_000,
  maxAgeMs: 60_000,
  maxPerCheckpoint: 100_000,
  pollMs: 1000,
  retryMs: 30_000,
};

export type CreateSealerOptions = {
  readonly common: Common;
  readonly store: Store;
  readonly log: ChainLog;
  readonly signer: OperatorSigner;
  readonly policy?: Partial<SealPolicy>;
  /** Nothing of the log is in an earlier block; looked at only to enter checkpoints that were not built here. */
  readonly firstBlock?: number;
  readonly publish: PublishReceipt;
};

/** How far a checkpoint got in one step. */
type Progress = "final" | "sealed" | "waiting" | "refused";

/**
 * Turns stored messages into checkpoints, one after the other. All it knows is in the store and on the chain, so a
 * step may be the first after a crash at any point. An index that was built keeps its messages for ever; only what
 * the chain decides around it (the checkpoint before, the epoch) is signed anew.
 */
export class Sealer {
  readonly #options: CreateSealerOptions;
  readonly #policy: SealPolicy;

  constructor(options: CreateSealerOptions) {
    this.#options = options;
    this.#policy = { ...defaultSealPolicy, ...options.policy };
  }

  /**
   * Moves every checkpoint on as far as the chain allows, builds the next one when it is due, sends receipts.
   * @returns milliseconds to the next step
   * @throws CHECKPOINT_FOREIGN if the chain holds a checkpoint that was not built here, CHAIN_UNREACHABLE
   */
  async step(): Promise<number> {
    const { store } = this.#options;
    const progress: Progress[] = [];
    for (const checkpoint of await openCheckpoints(store)) {
      progress.push(await this.#advance(checkpoint));
    }
    if (await this.#build()) {
      const built = await newestCheckpoint(store);
      if (built !== undefined) progress.push(await this.#advance(built));
    }
    await this.#sendReceipts();
    return progress.includes("refused") ? this.#policy.retryMs : this.#policy.pollMs;
  }

  async #advance(checkpoint: StoredCheckpoint): Promise<Progress> {
    if (checkpoint.state === "final") return "final";
    const { store, log, common } = this.#options;
    const { index, judgedBlock, state } = checkpoint;
    const sealed = await log.sealed(BigInt(index), judgedBlock);
    if (sealed !== undefined) return this.#seal(checkpoint, sealed);
    if (state === "sealed") {
      common.log.warn({ checkpoint: index }, "the block of a checkpoint vanished");
      await updateCheckpoint(store, index, { state: "submitted", sealing: undefined });
    }
    const previous = await this.#previous(index);
    return previous === undefined ? "waiting" : this.#submit(checkpoint, previous);
  }

  async #seal(checkpoint: StoredCheckpoint, sealed: SealedCheckpoint): Promise<Progress> {
    const { store, common } = this.#options;
    const { index, root, size } = checkpoint;
    if (!equalBytes(fromHex(sealed.root), root) || sealed.size !== BigInt(size)) {
      return this.#adopt(sealed);
    }
    const state = sealed.final ? "final" : "sealed";
    const sealing = {
      sealedAtS: Number(sealed.sealedAt),
      signers: sealed.signers,
      transaction: sealed.transaction,
      block: sealed.block,
    };
    await updateCheckpoint(store, index, { state, epoch: sealed.epoch, sealing });
    if (sealed.final) {
      await endAdoption(store, checkpoint.builtAtMs);
      common.metrics.checkpointsFinal.inc();
      common.metrics.checkpointSize.observe(size);
      const sealMs = common.clock.nowMs() - checkpoint.builtAtMs;
      common.metrics.checkpointSealDuration.observe(Math.max(0, sealMs) / 1000);
      common.log.info({ checkpoint: index, messages: size, ...sealing }, "checkpoint final");
    }
    return state;
  }

  /**
   * Enters a checkpoint that was not built here, once it is final, if the operator has allowed that.
   * @throws CHECKPOINT_FOREIGN
   */
  async #adopt(sealed: SealedCheckpoint): Promise<Progress> {
    const { store, log, common } = this.#options;
    const index = Number(sealed.index);
    if (!(await mayAdopt(store))) throw foreign(index);
    if (!sealed.final) return "waiting";
    await adoptCheckpoint(store, log, sealed, common.clock.nowMs());
    common.log.warn({ checkpoint: index }, "adopted a checkpoint that was not built here");
    return "final";
  }

  /** Enters what the chain holds from `index` on. */
  async #catchUp(index: number, nextIndex: bigint): Promise<void> {
    const { log, firstBlock, store } = this.#options;
    for (let next = index; BigInt(next) < nextIndex; next++) {
      const before = await newestCheckpoint(store);
      const sealed = await log.sealed(BigInt(next), before?.sealing?.block ?? firstBlock ?? 0);
      if (sealed === undefined || (await this.#adopt(sealed)) !== "final") return;
    }
  }

  /** Commitment of the checkpoint before; undefined while the chain does not hold it. */
  async #previous(index: number): Promise<Uint8Array | undefined> {
    if (index === 0) return noCommitment;
    const before = await checkpointByIndex(this.#options.store, index - 1);
    return before === undefined ? undefined : commitmentOf(before);
  }

  async #submit(checkpoint: StoredCheckpoint, previous: Uint8Array): Promise<Progress> {
    const { store, log, common } = this.#options;
    const { index } = checkpoint;
    const submission = await log.submission(BigInt(index));
    if (submission.state !== "none" && submission.state !== "refused") {
      if (checkpoint.state === "built")
        await updateCheckpoint(store, index, { state: "submitted" });
      return "waiting";
    }
    const { epoch } = await log.state();
    const isCurrent = epoch === checkpoint.epoch && equalBytes(previous, checkpoint.previous);
    const current = isCurrent ? checkpoint : await this.#signAgain(checkpoint, previous, epoch);
    await log.submit(candidateOf(current), [current.signature]);
    await updateCheckpoint(store, index, { state: "submitted" });
    if (submission.state !== "refused" || !isCurrent) return "waiting";
    const { reason } = submission;
    common.log.error(
      { code: "CHECKPOINT_REFUSED", checkpoint: index, reason },
      "the log refused a checkpoint",
    );
    return "refused";
  }

  async #signAgain(
    checkpoint: StoredCheckpoint,
    previous: Uint8Array,
    epoch: number,
  ): Promise<StoredCheckpoint> {
    const { store, signer, log } = this.#options;
    const changed = { ...checkpoint, previous, epoch };
    const signature = await signer.signCheckpoint(log.identity.logId, candidateOf(changed));
    await updateCheckpoint(store, checkpoint.index, { previous, epoch, signature });
    return { ...changed, signature };
  }

  /** Builds the next checkpoint if one is due and the one before is on chain. */
  async #build(): Promise<boolean> {
    const { store, log, signer, common } = this.#options;
    const { maxMessages, maxAgeMs, maxPerCheckpoint } = this.#policy;
    const { count, oldestAtMs } = await unsealedMessages(store, maxMessages);
    common.metrics.messagesUnsealed.set(count);
    const nowMs = common.clock.nowMs();
    // Before its time, by a clock that was set back: how long it waited is not known.
    const isOld =
      oldestAtMs !== undefined && (nowMs - oldestAtMs >= maxAgeMs || oldestAtMs > nowMs);
    if (count < maxMessages && !isOld) return false;
    const newest = await newestCheckpoint(store);
    const index = newest === undefined ? 0 : newest.index + 1;
    const previous = newest === undefined ? noCommitment : commitmentOf(newest);
    if (previous === undefined) return false;
    const { epoch, nextIndex } = await log.state();
    if (nextIndex > BigInt(index)) {
      if (!(await mayAdopt(store))) throw foreign(index);
      await this.#catchUp(index, nextIndex);
      return false;
    }
    if (nextIndex < BigInt(index)) return false;
    const done = common.metrics.checkpointBuildDuration.startTimer();
    const isBuilt = await buildCheckpoint({
      store,
      index,
      previous,
      epoch,
      limit: maxPerCheckpoint,
      nowMs,
      sign: (checkpoint) => signer.signCheckpoint(log.identity.logId, candidateOf(checkpoint)),
    });
    if (isBuilt) done();
    return isBuilt;
  }

  async #sendReceipts(): Promise<void> {
    const { store, log, publish } = this.#options;
    for (const checkpoint of await openCheckpoints(store)) {
      if (checkpoint.state !== "final") return;
      await sendReceipts(store, log.identity.logId, checkpoint, publish);
    }
  }
}

export function createSealer(options: CreateSealerOptions): Sealer {
  return new Sealer(options);
}

function foreign(index: number): FieldsealError {
  return new FieldsealError(
    "CHECKPOINT_FOREIGN",
    `Under index ${index} the chain holds a checkpoint that was not built from this data folder.`,
    { index },
  );
}
