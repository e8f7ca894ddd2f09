import { setImmediate as nextTurn } from "node:timers/promises";
import { FieldsealError } from "@fieldseal/sdk";
import type { Common } from "../internal/common.ts";
import type { Refused } from "../store/quarantine.ts";
import { isAboutData } from "../store/store-failure.ts";
import { type Candidate, type CommitPorts, type Committed, commitBatch } from "./commit-batch.ts";

type Waiting = {
  readonly work: { readonly candidate: Candidate } | { readonly refused: Refused };
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: unknown) => void;
};

/** How often a commit waits for a directory which lags behind its own store. */
const maxTurns = 10_000;

export type Gathering = {
  /** Messages in one commit. */
  readonly maxBatch: number;
  /** How long a commit waits for what is still being checked. */
  readonly gatherMs: number;
  readonly isMoreComing: () => boolean;
};

/**
 * Group commit: what arrives while one transaction is written goes into the next one together, and while more is being
 * checked a commit waits for it a little: a larger one costs each message less.
 */
export class Committer {
  readonly #common: Common;
  readonly #ports: CommitPorts;
  readonly #gathering: Gathering;
  #waiting: Waiting[] = [];
  #gathered = () => {};
  #running: Promise<void> | undefined;

  constructor(common: Common, ports: CommitPorts, gathering: Gathering) {
    this.#common = common;
    this.#ports = ports;
    this.#gathering = gathering;
  }

  /** Settles when the message is on disk. @throws STORE_FAILED if it could not be written */
  store(candidate: Candidate): Promise<Committed> {
    return this.#add({ candidate });
  }

  /** Settles when the refused message is in the quarantine. @throws STORE_FAILED */
  async keep(refused: Refused): Promise<void> {
    await this.#add({ refused });
  }

  /** Settles when nothing is under way any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  #add(work: Waiting["work"]): Promise<Committed> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      this.#running ??= this.#run();
      if (this.#isGathered()) this.#gathered();
    });
  }

  async #run(): Promise<void> {
    // One turn later, so that messages which arrived together share a commit.
    await nextTurn();
    while (this.#waiting.length > 0) {
      await this.#gather();
      const batch = this.#waiting.slice(0, this.#gathering.maxBatch);
      this.#waiting = this.#waiting.slice(batch.length);
      await this.#commit(batch);
    }
    this.#running = undefined;
  }

  #isGathered(): boolean {
    const { maxBatch, isMoreComing } = this.#gathering;
    return this.#waiting.length >= maxBatch || !isMoreComing();
  }

  async #gather(): Promise<void> {
    if (this.#isGathered()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#gathering.gatherMs);
      this.#gathered = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#gathered = () => {};
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const { metrics, log } = this.#common;
    const done = metrics.commitDuration.startTimer();
    try {
      await this.#write(batch);
      metrics.commitSize.observe(batch.length);
    } catch (cause) {
      if (batch.length > 1 && isAboutData(cause)) {
        const half = batch.length >> 1;
        await this.#commit(batch.slice(0, half));
        await this.#commit(batch.slice(half));
        return;
      }
      metrics.storeErrors.inc();
      log.error(
        { err: cause, code: "STORE_FAILED", messages: batch.length },
        "group commit failed",
      );
      const message = "The message could not be written to disk.";
      const error = new FieldsealError("STORE_FAILED", message, {}, { cause });
      for (const { reject } of batch) reject(error);
    } finally {
      done();
    }
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const messages = batch.flatMap(({ work, resolve }) =>
      "candidate" in work ? [{ candidate: work.candidate, resolve }] : [],
    );
    const kept = batch.flatMap(({ work, resolve }) =>
      "refused" in work ? [{ refused: work.refused, resolve }] : [],
    );
    const committed = await this.#whenCurrent(
      messages.map(({ candidate }) => candidate),
      kept.map(({ refused }) => refused),
    );
    for (const [at, { resolve }] of messages.entries()) {
      const outcome = committed[at];
      if (outcome !== undefined) resolve(outcome);
    }
    for (const { resolve } of kept) resolve({ kind: "duplicate" });
  }

  async #whenCurrent(
    candidates: readonly Candidate[],
    refused: readonly Refused[],
  ): Promise<Committed[]> {
    for (let turn = 0; turn < maxTurns; turn++) {
      const committed = await commitBatch(this.#ports, candidates, refused);
      if (committed !== undefined) return committed;
      await this.#ports.catchUp();
    }
    throw new Error("the device directory does not follow its store");
  }
}
