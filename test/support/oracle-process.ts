import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../oracle/src/cli/main.ts", import.meta.url));

/** `fieldseal serve` as a process of its own. */
export type OracleProcess = {
  readonly pid: number;
  /** Settles when it says that it is ready; false if it ended before. */
  readonly ready: Promise<boolean>;
  /** kill −9; settles when it is gone. */
  kill(): Promise<void>;
  /** Stops it in the middle of whatever it does, as a machine that sleeps; or lets it go on. */
  pause(isPaused: boolean): void;
  /** SIGTERM; its exit code. */
  stop(): Promise<number | null>;
  /** The end of what it logged. */
  log(): string;
};

const running = new Set<() => void>();
process.once("exit", () => {
  for (const kill of running) kill();
});

/** Starts it with nothing of this process's environment but `environment`. */
export function startOracleProcess(environment: Record<string, string>): OracleProcess {
  const child = spawn(process.execPath, [main, "serve", "--json"], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = () => {
    child.kill("SIGKILL");
  };
  running.add(kill);
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4000);
  });
  const gone = once(child, "exit").then(([code]) => {
    running.delete(kill);
    return code as number | null;
  });
  const ready = new Promise<boolean>((resolve) => {
    child.stdout.once("data", () => resolve(true));
    void gone.then(() => resolve(false));
  });
  return {
    pid: child.pid ?? 0,
    ready,
    async kill() {
      kill();
      await gone;
    },
    pause(isPaused) {
      child.kill(isPaused ? "SIGSTOP" : "SIGCONT");
    },
    async stop() {
      child.kill("SIGTERM");
      return gone;
    },
    log: () => log,
  };
}
