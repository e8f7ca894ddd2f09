import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

const main = fileURLToPath(new URL("../../oracle/src/cli/main.ts", import.meta.url));

/** `fieldseal gateway` as a process of its own. */
export type GatewayProcess = {
  /** What it has printed so far. */
  out(): string;
  log(): string;
  kill(): Promise<void>;
  /** SIGTERM; its exit code. */
  stop(): Promise<number | null>;
};

/** Starts it with `args` and waits until it prints, or until it is said to run where it prints nothing. */
export async function startGatewayProcess(
  args: readonly string[],
  cwd: string,
  prints = true,
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [main, "gateway", ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let log = "";
  let code: number | null | undefined;
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-20_000);
  });
  const exit = once(child, "exit").then(([status]) => {
    code = status as number | null;
    return code;
  });
  await until("the gateway's start", () => {
    if (code !== undefined) throw new Error(`the gateway ended with ${code}: ${out}${log}`);
    return prints ? out !== "" : log.includes("connected");
  });
  return {
    out: () => out,
    log: () => log,
    async kill() {
      child.kill("SIGKILL");
      await exit;
    },
    async stop() {
      child.kill("SIGTERM");
      return exit;
    },
  };
}
