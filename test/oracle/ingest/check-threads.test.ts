import { Worker } from "node:worker_threads";
import { decodeMessage, FieldsealError, type KeyType, type PublicKey } from "@fieldseal/sdk";
import { expect } from "chai";
import pino from "pino";
import { checkThreads } from "../../../oracle/src/ingest/check/check-threads.ts";
import { type CheckTask, checkHere } from "../../../oracle/src/ingest/check/checker.ts";
import { domain, newSigner, signed, startMs } from "./fixture.ts";

const log = pino({ level: "silent" });
const rules = { domain, skewMs: 1000 };
const id = `0x${"11".repeat(20)}` as const;

type Made = { keyType?: KeyType; timeMs?: number; sequence?: bigint; encoding?: "cose" | "json" };

async function task({ keyType = 2, timeMs, sequence = 1n, encoding }: Made = {}) {
  const signer = newSigner(keyType);
  const bytes = await signed({ id, signers: [signer] }, sequence, {
    timeMs: timeMs ?? startMs,
    ...(encoding === undefined ? {} : { encoding }),
  });
  return taskOf(bytes, signer.publicKey);
}

const taskOf = (bytes: Uint8Array, key: PublicKey): CheckTask => {
  return { bytes, message: decodeMessage(bytes), key, nowMs: startMs };
};

describe("threads that check messages", () => {
  it("answer as a check on the calling thread does, each message on its own", async () => {
    const good = [await task(), await task({ keyType: 1 }), await task({ encoding: "json" })];
    const forged = Uint8Array.from(good[0]?.bytes ?? []);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    const tasks = [
      ...good,
      taskOf(forged, good[0]?.key ?? newSigner().publicKey),
      await task({ timeMs: startMs + 1001 }),
      await task({ timeMs: 0 }),
      { ...(await task()), key: { keyType: 2, point: new Uint8Array(64) } } as CheckTask,
    ];
    const [here, threads] = [checkHere(rules), checkThreads({ log, rules, threads: 2 })];
    const answers = async (check: typeof here.check) =>
      (await Promise.allSettled(tasks.map((one) => check(one)))).map((settled) =>
        settled.status === "fulfilled"
          ? settled.value
          : [settled.reason.constructor, settled.reason.code, settled.reason.details],
      );
    try {
      const expected = await answers(here.check);
      expect(await answers(threads.check)).to.eql(expected);
      expect(expected[0]).to.eql({ firstMs: startMs, lastMs: startMs });
      expect(expected[3]).to.include.members([FieldsealError, "SIGNATURE_INVALID"]);
      expect(expected[4]).to.include.members([FieldsealError, "TIME_AHEAD"]);
    } finally {
      await threads.stop();
    }
  });

  it("that die fail what they had, and others take their place", async () => {
    let started = 0;
    const threads = checkThreads({
      log,
      rules,
      threads: 1,
      startThread: (start) => {
        started++;
        const dying =
          'require("node:worker_threads").parentPort.once("message", () => process.exit(1))';
        return started === 1 ? new Worker(dying, { eval: true }) : start();
      },
    });
    try {
      const [first, second] = [await task(), await task({ sequence: 2n })];
      const lost = await threads.check(first).catch((error: Error) => error);
      expect(lost).to.be.instanceOf(Error).and.not.instanceOf(FieldsealError);
      expect(await threads.check(second)).to.eql({ firstMs: startMs, lastMs: startMs });
      expect(started).to.equal(2);
    } finally {
      await threads.stop();
    }
  });

  it("that are stopped leave no message without an answer, and are not started anew", async () => {
    let started = 0;
    const threads = checkThreads({
      log,
      rules,
      threads: 1,
      startThread: () => {
        started++;
        return new Worker('require("node:worker_threads").parentPort.on("message", () => {})', {
          eval: true,
        });
      },
    });
    const one = await task();
    // More than a thread is given at once.
    const waiting = Array.from({ length: 600 }, () => threads.check(one));
    const settled = Promise.allSettled(waiting);
    await new Promise((resolve) => setImmediate(resolve));
    await threads.stop();
    expect(new Set((await settled).map(({ status }) => status))).to.eql(new Set(["rejected"]));
    await new Promise((resolve) => setImmediate(resolve));
    expect(started).to.equal(1);
  });
});
