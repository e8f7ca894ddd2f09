import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** `npm start` in a process of its own. */
export type StartRun = {
  /** All it printed so far. */
  output(): string;
  /** The first match of `pattern` in what it prints; rejects when it ends without one. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number>;
  readonly ended: Promise<number>;
};

function childEnvironment(more: Record<string, string>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("FIELDSEAL_"));
  return { ...Object.fromEntries(own), FIELDSEAL_SEAL_SECONDS: "2", ...more };
}

/** Runs `npm start -- args` as the launcher does; `environment` is added to it. */
export function runStart(args: string[], environment: Record<string, string> = {}): StartRun {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(root, "scripts", "bootstrap.mjs"), "scripts/start.ts", ...args],
    { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: childEnvironment(environment) },
  );
  let text = "";
  const waiting = new Set<() => void>();
  const take = (chunk: Buffer) => {
    text += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  const ended = once(child, "close").then(([code]) => Number(code ?? 1));
  return {
    output: () => text,
    ended,
    said: (pattern) =>
      new Promise((found, failed) => {
        const look = () => {
          const match = pattern.exec(text);
          if (match === null) return;
          waiting.delete(look);
          found(match);
        };
        waiting.add(look);
        look();
        void ended.then((code) => failed(new Error(`it ended with ${code}:\n${text}`)));
      }),
    async stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}
