import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "../../scripts/bootstrap.mjs";
import type { LoadOrder, LoadReport } from "./load-types.ts";

/** A load process whose devices are connected. */
export type Load = {
  readonly pid: number;
  /** Lets it send; settles with the times from sending to receipt when it is done. */
  go(): Promise<readonly number[]>;
  stop(): Promise<void>;
};

/** Starts the load in a process of its own, so that its CPU is not the oracle's. */
export async function startLoad(order: LoadOrder): Promise<Load> {
  const child = fork(join(root, "bench", "load.ts"), { serialization: "advanced" });
  const report = () =>
    new Promise<LoadReport>((resolve, reject) => {
      child.once("message", (message) => resolve(message as LoadReport));
      child.once("exit", () => reject(new Error("The load process ended early.")));
    });
  const ready = report();
  child.send(order);
  await ready;
  return {
    pid: child.pid ?? 0,
    async go() {
      const done = report();
      child.send("go");
      const message = await done;
      return message.kind === "done" ? message.latenciesMs : [];
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      await exit;
    },
  };
}
