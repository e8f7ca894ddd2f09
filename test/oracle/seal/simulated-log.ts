import { checkpointCommitment, checkpointTypes, fromHex, hex, typedDigest } from "@fieldseal/sdk";
import { recoverAddress } from "ethers";
import type {
  Candidate,
  ChainIdentity,
  ChainLog,
  Hex,
  SealedCheckpoint,
} from "../../../oracle/src/chain/types.ts";
import { logAddress, logId, operatorKey, receiptDomain, registry } from "../ingest/fixture.ts";

type Transaction = { readonly candidate: Candidate; readonly signatures: readonly Uint8Array[] };
type Block = { readonly timeS: number; readonly transactions: Transaction[] };

const zero: Hex = `0x${"00".repeat(32)}`;

/**
 * A chain with one log on it, kept in memory by the test, so that it outlives the oracle. It applies the contract's
 * rules (index next, commitment of the one before, epoch, the operator's signature) and knows reorganisations.
 */
export function simulatedLog() {
  const blocks: Block[] = [{ timeS: 1_700_000_000, transactions: [] }];
  /** Durable work of the transaction writer, by index. */
  const submitted = new Map<bigint, Transaction & { refused?: string }>();
  let finalized = 0;
  let epoch = 0;
  let timeS = 1_700_000_000;
  let countdown = Number.POSITIVE_INFINITY;

  const sealed = (): SealedCheckpoint[] =>
    blocks.flatMap(({ timeS: sealedAt, transactions }, block) =>
      transactions.map(({ candidate: { index, root, size, epoch, judgedBlock } }) => ({
        index,
        root,
        size,
        sealedAt: BigInt(sealedAt),
        epoch,
        signers: 1,
        judgedBlock,
        transaction: `0x${(Number(index) + 1).toString(16).padStart(64, "0")}` as Hex,
        block,
        final: block <= finalized,
      })),
    );
  const commitment = (index: bigint): Hex => {
    const found = sealed().find((checkpoint) => checkpoint.index === index);
    return found === undefined
      ? zero
      : hex(checkpointCommitment({ ...found, root: fromHex(found.root) }));
  };
  const objection = ({ candidate, signatures }: Transaction): string | undefined => {
    if (candidate.index !== BigInt(sealed().length)) return "LogIndex";
    const expected = candidate.index === 0n ? zero : commitment(candidate.index - 1n);
    if (candidate.previous !== expected) return "LogPrevious";
    if (candidate.epoch !== epoch) return "LogEpoch";
    const digest = typedDigest(1, receiptDomain, checkpointTypes, { logId, ...candidate });
    const signer = recoverAddress(hex(digest), hex(signatures[0] ?? new Uint8Array()));
    return signer.toLowerCase() === operatorKey.address ? undefined : "LogSigner";
  };
  /** A call that the oracle does not live to see the answer of, when its time has come. */
  const call = async <T>(work: () => T): Promise<T> => {
    if (countdown <= 0) throw new Error("crashed before the call");
    const answer = work();
    if (--countdown <= 0) throw new Error("crashed after the call");
    return answer;
  };
  const mined = (index: bigint) => sealed().find((checkpoint) => checkpoint.index === index);

  const identity: ChainIdentity = {
    chainId: 31337n,
    genesisHash: zero,
    registry,
    grants: "0x00000000000000000000000000000000000000cc",
    log: logAddress,
    logId,
  };
  const log: ChainLog = {
    identity,
    state: () =>
      call(() => ({
        owner: operatorKey.address,
        restricted: false,
        epoch,
        threshold: 1,
        members: 1,
        nextIndex: BigInt(sealed().length),
        lastSealedAt: 0n,
        graceSeconds: 3600,
      })),
    commitmentOf: (index) => call(() => commitment(index)),
    positionOf: async () => 0,
    sealed: (index) => call(() => mined(index)),
    submit: (candidate, signatures) =>
      call(() => {
        const open = submitted.get(candidate.index);
        if (open !== undefined && open.refused === undefined) throw new Error("SUBMISSION_OPEN");
        submitted.set(candidate.index, { candidate, signatures });
      }),
    submission: (index) =>
      call(() => {
        const open = submitted.get(index);
        const place = mined(index);
        if (place !== undefined) return { state: place.final ? "final" : "mined" };
        if (open === undefined) return { state: "none" };
        if (open.refused === undefined) return { state: "sent" };
        return { state: "refused", reason: open.refused };
      }),
  };

  return {
    log,
    /** Every checkpoint on the chain, in order. */
    sealed,
    submitted: () => submitted.size,
    /** Mines one block with what waits and passes; what does not pass is refused. */
    mine() {
      timeS += 12;
      const block: Block = { timeS, transactions: [] };
      blocks.push(block);
      for (const [index, transaction] of [...submitted].sort(([a], [b]) => Number(a - b))) {
        if (mined(index) !== undefined || transaction.refused !== undefined) continue;
        const refused = objection(transaction);
        if (refused === undefined) block.transactions.push(transaction);
        else submitted.set(index, { ...transaction, refused });
      }
    },
    /** Makes all blocks but the last `behind` final. */
    finalize(behind = 0) {
      finalized = Math.max(finalized, blocks.length - 1 - behind);
    },
    /** Drops the newest blocks that are not final; their transactions wait again. */
    reorganise(depth: number) {
      blocks.length = Math.max(finalized + 1, blocks.length - depth);
    },
    nextEpoch() {
      epoch++;
    },
    /** Seals something that this oracle never built. */
    sealForeign(index: bigint, root: Hex) {
      const candidate = { index, previous: zero, epoch, root, size: 1n, judgedBlock: 1n };
      blocks.push({ timeS, transactions: [{ candidate, signatures: [] }] });
    },
    /** Lets the oracle's process die around its n-th call from now. */
    crashAt(calls: number) {
      countdown = calls;
    },
    revive() {
      countdown = Number.POSITIVE_INFINITY;
    },
  };
}

export type SimulatedLog = ReturnType<typeof simulatedLog>;
