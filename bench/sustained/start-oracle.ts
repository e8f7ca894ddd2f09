import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "../../scripts/bootstrap.mjs";
import type { OracleOrder, OracleSample } from "./oracle.ts";

export type RunningOracle = {
  sample(): Promise<OracleSample>;
  stop(): Promise<void>;
};

/** @param execArgv Options of Node, as --cpu-prof */
export async function startOracle(
  order: OracleOrder,
  execArgv: readonly string[],
): Promise<RunningOracle> {
  const child = fork(join(root, "bench", "sustained", "oracle.ts"), {
    serialization: "advanced",
    execArgv: [...execArgv],
  });
  const ending = new AbortController();
  child.once("exit", () => ending.abort(new Error("The oracle process ended early.")));
  const answer = async (): Promise<unknown> => {
    const [message] = await once(child, "message", { signal: ending.signal });
    return message;
  };
  child.send(order);
  await answer();
  return {
    async sample() {
      child.send("sample");
      return (await answer()) as OracleSample;
    },
    async stop() {
      const exit = once(child, "exit");
      child.send("stop");
      await exit;
    },
  };
}
