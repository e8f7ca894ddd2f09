import { equalBytes, FieldsealError, type KeyType } from "@fieldseal/sdk";
import type { DeviceDirectory } from "../chain/types.ts";
import type { OperatorSigner, StoredClaim } from "../seal/operator-signer.ts";
import {
  type AcceptedMessage,
  type Batch,
  identityKey,
  insertBatch,
  knownRoots,
} from "../store/accept-batch.ts";
import { leafOfFacts } from "../store/blobs.ts";
import { insertConflicts } from "../store/conflicts.ts";
import { followedBlock } from "../store/followed-block.ts";
import type { Store } from "../store/open-store.ts";
import { type QuarantineLimits, quarantine, type Refused } from "../store/quarantine.ts";
import { leafTree } from "../store/subtrees.ts";
import { judge } from "./judge.ts";
import { storedReceipt } from "./receipts.ts";

/** A message that waits for its group commit, with what its header says of the key. */
export type Candidate = AcceptedMessage & { readonly claimedKeyType: KeyType | undefined };

/** What one group commit made of a message. */
export type Committed =
  | { readonly kind: "stored"; readonly receipt: Uint8Array }
  /** Stored before with this content. */
  | { readonly kind: "duplicate" }
  /** Stored before with another content; kept as evidence. */
  | { readonly kind: "conflict" }
  /** No longer acceptable: the chain moved on while it waited. */
  | { readonly kind: "refused"; readonly error: FieldsealError };

export type CommitPorts = {
  readonly store: Store;
  readonly devices: DeviceDirectory;
  /** Brings the directory up with the store; settles when it is. */
  readonly catchUp: () => Promise<void>;
  readonly logId: bigint;
  /** Current epoch of the log's committee. */
  readonly epoch: () => number;
  readonly signer: OperatorSigner;
  readonly nowMs: () => number;
  readonly receiptSeconds: number;
  readonly quarantineLimits: QuarantineLimits;
};

/**
 * Stores a batch in one transaction: what is new with the operator's signature over all of it, evidence of conflicts,
 * and what was refused. When the promise settles, all of it is on disk.
 * @returns undefined, with nothing done, while the directory lags behind the block that the store follows: judging by
 * it could let a message pass that the follower has just ruled out
 */
export async function commitBatch(
  ports: CommitPorts,
  candidates: readonly Candidate[],
  refused: readonly Refused[],
): Promise<Committed[] | undefined> {
  const { store, devices, signer, nowMs } = ports;
  return store.write(async (db) => {
    const followed = await followedBlock(db);
    if ((followed ?? 0) > devices.judgedBlock().number) return undefined;

    const known = await knownRoots(
      db,
      candidates.map(({ facts }) => facts),
    );
    const sorted = sortOut(ports, known, candidates);
    const fresh = sorted
      .flatMap(({ outcome, message, leaf }, at) =>
        outcome === "new" ? [{ message, at, leaf }] : [],
      )
      .sort((a, b) => Buffer.compare(a.leaf, b.leaf));
    const committed: Committed[] = sorted.map(({ outcome }) =>
      outcome === "new" ? { kind: "duplicate" } : outcome,
    );
    if (fresh.length > 0) {
      const tree = leafTree(fresh.map(({ leaf }) => leaf));
      const storedAtS = Math.floor(nowMs() / 1000);
      const claim: StoredClaim = {
        logId: ports.logId,
        epoch: ports.epoch(),
        root: tree.root,
        storedAtS,
        deadlineS: storedAtS + ports.receiptSeconds,
      };
      const signature = await signer.signStored(claim);
      const batch: Batch = { ...claim, operator: signer.operator, signature };
      // In the order of their identities: two workers that store the same ones cannot lock each other out.
      await insertBatch(
        db,
        batch,
        fresh.map(({ message }) => message),
      );
      for (const [index, { message, at }] of fresh.entries()) {
        const receipt = storedReceipt(message.facts, batch, tree, index);
        committed[at] = { kind: "stored", receipt };
      }
    }
    await insertConflicts(
      db,
      sorted.flatMap(({ outcome, message }) =>
        outcome !== "new" && outcome.kind === "conflict"
          ? [{ ...message.facts, raw: message.raw, receivedAtMs: message.receivedAtMs }]
          : [],
      ),
    );
    if (refused.length > 0) await quarantine(db, refused, ports.quarantineLimits);
    return committed;
  }, "judging");
}

type Sorted = {
  readonly message: Candidate;
  /** Its checkpoint leaf. */
  readonly leaf: Buffer;
  readonly outcome: "new" | Exclude<Committed, { kind: "stored" }>;
};

function sortOut(
  { devices, logId }: CommitPorts,
  known: ReadonlyMap<string, Uint8Array>,
  candidates: readonly Candidate[],
): Sorted[] {
  const block = devices.judgedBlock().number;
  const roots = new Map(known);
  return candidates.map((candidate) => {
    const { facts } = candidate;
    const leaf = leafOfFacts(facts);
    const identity = identityKey(leaf);
    const root = roots.get(identity);
    if (root !== undefined) {
      const kind = equalBytes(root, facts.root) ? "duplicate" : "conflict";
      return { message: candidate, leaf, outcome: { kind } };
    }
    let message = candidate;
    if (candidate.acceptedBlock !== block) {
      const error = judgeAgain(devices, logId, candidate);
      if (error !== undefined) return { message, leaf, outcome: { kind: "refused", error } };
      message = { ...candidate, acceptedBlock: block };
    }
    roots.set(identity, facts.root);
    return { message, leaf, outcome: "new" };
  });
}

function judgeAgain(
  devices: DeviceDirectory,
  logId: bigint,
  { facts, claimedKeyType: keyType }: Candidate,
): FieldsealError | undefined {
  try {
    judge(devices, logId, { ...facts, keyType });
    return undefined;
  } catch (error) {
    if (error instanceof FieldsealError) return error;
    throw error;
  }
}
