import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../oracle/src/cli/main.ts", import.meta.url));

/** The command line as it stands in the checkout. */
export const fromSources: readonly string[] = [process.execPath, main];

export type ServiceProcessOptions = {
  /** Program and first arguments; the checkout's command line if left out. */
  readonly program?: readonly string[];
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly environment: Readonly<Record<string, string>>;
};

/** A program of Fieldseal as a process of its own, with all that it said. */
export type ServiceProcess = {
  /** What it printed as one JSON object when it was ready; rejects when it ended before. */
  readonly ready: Promise<Record<string, string>>;
  /** Its exit code, 128 and the signal's number if a signal ended it. */
  readonly ended: Promise<number>;
  signal(name: NodeJS.Signals): void;
  output(): string;
};

const running = new Set<() => void>();
process.once("exit", () => {
  for (const kill of running) kill();
});

/** Starts it with nothing of this process's environment but the path, on which the project's own Node comes first. */
export function startService(options: ServiceProcessOptions): ServiceProcess {
  const { program = fromSources, args = [], cwd = tmpdir(), environment } = options;
  const [command = "", ...first] = program;
  const path = `${dirname(process.execPath)}:${process.env.PATH ?? ""}`;
  const child = spawn(command, [...first, ...args], {
    cwd,
    env: { PATH: path, HOME: cwd, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = () => {
    child.kill("SIGKILL");
  };
  running.add(kill);
  let output = "";
  const ready = Promise.withResolvers<Record<string, string>>();
  ready.promise.catch(() => {});
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    const line = /^\{.*\}$/m.exec(chunk.toString())?.[0];
    if (line !== undefined) ready.resolve(JSON.parse(line));
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ended = once(child, "close").then(([code, signal]) => {
    running.delete(kill);
    ready.reject(new Error(`it ended before it was ready:\n${output}`));
    return signal === "SIGKILL" ? 137 : Number(code);
  });
  return {
    ready: ready.promise,
    ended,
    signal: (name) => {
      child.kill(name);
    },
    output: () => output,
  };
}
