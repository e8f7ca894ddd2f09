import { parentPort, workerData } from "node:worker_threads";
import { decodeMessage } from "@fieldseal/sdk";
import { type ContentRules, checkContent } from "./check-content.ts";
import { answerTasks, unpackTasks } from "./task-batch.ts";

/** Thread that checks messages' contents; started by check-threads.ts. */
const rules = workerData as ContentRules;

parentPort?.on("message", (batch: ArrayBuffer) => {
  const answer = answerTasks(unpackTasks(batch), ({ bytes, key, nowMs }) =>
    checkContent(decodeMessage(bytes), key, nowMs, rules),
  );
  parentPort?.postMessage(answer, [answer.times.buffer as ArrayBuffer]);
});
