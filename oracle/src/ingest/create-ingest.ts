import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type DeviceMessage,
  decodeMessage,
  FieldsealError,
  type SignedFacts,
} from "@fieldseal/sdk";
import type { DeviceDirectory } from "../chain/types.ts";
import type { Common } from "../internal/common.ts";
import type { OperatorSigner } from "../seal/operator-signer.ts";
import type { Store } from "../store/open-store.ts";
import { type Checker, checkHere } from "./check/checker.ts";
import { checkMessage } from "./check-message.ts";
import type { Candidate } from "./commit-batch.ts";
import { Committer } from "./committer.ts";
import { factsOf } from "./facts-of.ts";
import { Lanes } from "./lanes.ts";
import { rateLimit } from "./rate-limit.ts";
import { reacknowledge } from "./receipts.ts";
import { isKept, isStanding } from "./refusal-kinds.ts";
import { defaultIngestLimits, type Inbound, type IngestLimits, type Outcome } from "./types.ts";

export type CreateIngestOptions = {
  readonly common: Common;
  readonly store: Store;
  readonly devices: DeviceDirectory;
  /** Brings the directory up with a store that another process wrote to. */
  readonly catchUp?: () => Promise<void>;
  /** external_aad of every message, from `messageDomain`. */
  readonly domain: Uint8Array;
  readonly logId: bigint;
  /** Current epoch of the log's committee. */
  readonly epoch: () => number;
  readonly signer: OperatorSigner;
  /** Time of the newest block known: when it is later than the clock, the clock is wrong. */
  readonly chainTimeMs?: () => number;
  /** Where contents are checked; on the calling thread if left out. */
  readonly checker?: Checker;
  readonly limits?: Partial<IngestLimits>;
};

type IngestStats = {
  /** Messages that wait for their turn. */
  readonly queued: number;
  /** Messages being checked or waiting for their commit. */
  readonly inFlight: number;
};

export type Ingest = {
  /** Judges a message and stores it. Settles when what became of it is on disk; never rejects. */
  submit(inbound: Inbound): Promise<Outcome>;
  stats(): IngestStats;
  /** Refuses what comes from now on, and settles when what came before is done. */
  stop(): Promise<void>;
};

type Job = {
  readonly inbound: Inbound;
  readonly resolve: (outcome: Outcome) => void;
  /** When it came, by elapsed time. */
  readonly cameMs: number;
};

/** Messages taken apart in one turn of the event loop, so that a burst never holds up everything else. */
const takenPerTurn = 128;
/** What a waiting message takes in memory beside its bytes, about. */
const heldOverhead = 512;

/** The one way by which messages come in, whatever carried them. */
export function createIngest(options: CreateIngestOptions): Ingest {
  const { common, store, devices, domain, logId, epoch, signer, chainTimeMs = () => 0 } = options;
  const { catchUp = () => nextTurn() } = options;
  const { clock, metrics, log } = common;
  const limits = { ...defaultIngestLimits, ...options.limits };
  const { checker = checkHere({ domain, skewMs: limits.skewMs }) } = options;
  const nowMs = () => clock.nowMs();
  const queue = new Lanes<Job>({
    perClient: limits.queuePerClient,
    total: limits.queueTotal,
    latePerClient: limits.lateBytesPerClient,
    lateTotal: limits.lateBytesTotal,
    weigh: ({ inbound }) => inbound.bytes.length + heldOverhead,
  });
  const rate = rateLimit(limits.clientRate, limits.clientBurst);
  const quarantineRate = rateLimit(limits.quarantineRate, limits.quarantineBurst);
  const known = reacknowledge(store, logId);
  const quarantineLimits = { rows: limits.quarantineRows, bytes: limits.quarantineBytes };
  const { receiptSeconds, maxBatch } = limits;
  const judging = { devices, catchUp, logId, epoch };
  const ports = { store, ...judging, signer, nowMs, receiptSeconds, quarantineLimits };
  let inFlight = 0;
  let inCommit = 0;
  const gathering = { gatherMs: limits.gatherMs, isMoreComing: () => inFlight > inCommit };
  const committer = new Committer(common, ports, { maxBatch, ...gathering });
  let isPumping = false;
  let stopping = false;
  let drained = () => {};

  const storeCandidate = async (candidate: Candidate): Promise<Outcome> => {
    const { facts } = candidate;
    inCommit++;
    const committed = await committer.store(candidate).finally(() => inCommit--);
    if (committed.kind === "stored") return { kind: "stored", facts, receipt: committed.receipt };
    if (committed.kind === "refused") throw committed.error;
    const receipt = committed.kind === "duplicate" ? await known.again(facts) : undefined;
    if (receipt !== undefined) return { kind: "duplicate", facts, receipt };
    const { device, keyIndex, sequence } = facts;
    log.warn({ device, keyIndex, sequence: String(sequence) }, "identity used twice");
    throw new FieldsealError(
      "MESSAGE_CONFLICT",
      `Another content is stored under key ${keyIndex}, sequence ${sequence} of ${device}.`,
    );
  };

  const keep = async (
    { bytes, source, client }: Inbound,
    code: string,
    message: string,
    facts?: SignedFacts,
  ) => {
    rate.charge(client, limits.refusalCost - 1);
    if (!quarantineRate.take(client, clock.elapsedMs())) return nextTurn();
    const receivedAtMs = nowMs();
    inCommit++;
    await committer
      .keep({ code, message, raw: bytes, source, client, device: facts?.device, receivedAtMs })
      .catch(() => {})
      .finally(() => inCommit--);
  };

  const refuse = async (
    inbound: Inbound,
    error: unknown,
    message?: DeviceMessage,
  ): Promise<Outcome> => {
    const facts = message === undefined ? undefined : factsOf(message);
    if (!(error instanceof FieldsealError)) {
      log.error({ err: error }, "defect while judging a message");
      return refused("INTERNAL", "The service failed on this message.", facts);
    }
    if (facts !== undefined && isStanding(error.code)) {
      const receipt = await known.again(facts);
      if (receipt !== undefined) return { kind: "duplicate", facts, receipt };
    }
    if (isKept(error.code)) await keep(inbound, error.code, error.message, facts);
    return refused(error.code, error.message, facts);
  };

  const handle = async (inbound: Inbound): Promise<Outcome> => {
    let message: DeviceMessage | undefined;
    try {
      message = decodeMessage(inbound.bytes);
      const context = { devices, logId, checker, nowMs: nowMs(), chainTimeMs: chainTimeMs() };
      return await storeCandidate(await checkMessage(context, inbound, message));
    } catch (error) {
      return refuse(inbound, error, message);
    }
  };

  const count = (outcome: Outcome, source: Inbound["source"]): Outcome => {
    if (outcome.kind === "stored") metrics.messagesStored.inc({ source });
    else if (outcome.kind === "duplicate") metrics.messagesDuplicate.inc({ source });
    else metrics.messagesRefused.inc({ code: outcome.code, source });
    return outcome;
  };

  const run = async ({ inbound, resolve, cameMs }: Job) => {
    const outcome = await handle(inbound).catch((error: unknown) => {
      log.error({ err: error }, "defect while answering a message");
      return refused("INTERNAL", "The service failed on this message.");
    });
    inFlight--;
    metrics.ingestDuration.observe((clock.elapsedMs() - cameMs) / 1000);
    resolve(count(outcome, inbound.source));
    pump();
  };

  const pump = () => {
    if (isPumping) return;
    for (let taken = 0; taken < takenPerTurn && inFlight < limits.inFlight; taken++) {
      const job = queue.take();
      if (job === undefined) break;
      inFlight++;
      void run(job);
    }
    metrics.ingestQueueLength.set(queue.length + inFlight);
    if (inFlight === 0 && queue.length === 0) drained();
    isPumping = queue.length > 0 && inFlight < limits.inFlight;
    if (isPumping) setImmediate(pumpOn);
  };
  const pumpOn = () => {
    isPumping = false;
    pump();
  };

  return {
    submit(inbound) {
      const { client, source, isPatient = false } = inbound;
      if (stopping) return refuseNow(source, "STOPPING", "The service is shutting down.");
      const cameMs = clock.elapsedMs();
      const isWithinRate = rate.take(client, cameMs);
      if (!isWithinRate && (!isPatient || rate.isInDebt(client))) {
        return refuseNow(source, "RATE_LIMITED", `${client} sends more than its share.`);
      }
      return new Promise((resolve) => {
        const job = { inbound, resolve, cameMs };
        const isQueued =
          (isWithinRate && queue.push(client, job)) || (isPatient && queue.pushLate(client, job));
        if (isQueued) pump();
        else if (isPatient) {
          resolve(refuseNow(source, "RATE_LIMITED", `Too much of ${client} waits.`));
        } else resolve(refuseNow(source, "BUSY", "Too many messages wait."));
      });
    },
    stats: () => ({ queued: queue.length, inFlight }),
    async stop() {
      stopping = true;
      // Their carrier has them still.
      for (let late = queue.takeLate(); late !== undefined; late = queue.takeLate()) {
        const { source } = late.inbound;
        late.resolve(await refuseNow(source, "STOPPING", "The service is shutting down."));
      }
      if (inFlight > 0 || queue.length > 0) {
        await new Promise<void>((resolve) => {
          drained = resolve;
        });
      }
      await committer.idle();
    },
  };

  function refuseNow(source: Inbound["source"], code: string, message: string): Promise<Outcome> {
    return Promise.resolve(count(refused(code, message), source));
  }
}

function refused(code: string, message: string, facts?: SignedFacts): Outcome {
  return { kind: "refused", code, message, ...(facts === undefined ? {} : { facts }) };
}
