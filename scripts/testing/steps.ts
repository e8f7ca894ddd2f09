import { spawn } from "node:child_process";
import { root } from "../bootstrap.mjs";

/** One command of a test run. Runners print their counts; a check counts as one. */
export type TestStep = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly kind: "check" | "runner";
  /** Print the command's output as it comes, for long runs. */
  readonly live?: boolean;
};

export type StepResult = {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
  readonly output: string;
};

/** Last "N passing" and "N failing" of mocha's or Hardhat's output. */
function countsOf(output: string): { passed: number; failed: number } {
  const last = (pattern: RegExp) => Number([...output.matchAll(pattern)].at(-1)?.[1] ?? 0);
  return { passed: last(/(\d+) passing/g), failed: last(/(\d+) failing/g) };
}

function judge(step: TestStep, status: number, output: string): { passed: number; failed: number } {
  if (step.kind === "check")
    return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const counts = countsOf(output);
  const silent = status === 0 ? counts.passed === 0 : counts.failed === 0;
  return silent ? { ...counts, failed: 1 } : counts;
}

/** Runs one step to its end. A runner that ends badly, or ran nothing, counts as failed. */
export function runStep(step: TestStep): Promise<StepResult> {
  const startedMs = Date.now();
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(step.command, [...step.args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, FORCE_COLOR: "0" },
    });
    const take = (chunk: Buffer) => {
      output += chunk.toString();
      if (step.live) process.stdout.write(chunk);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", (error) => take(Buffer.from(`${error.message}\n`)));
    child.on("close", (code) => {
      const seconds = (Date.now() - startedMs) / 1000;
      resolve({ name: step.name, seconds, output, ...judge(step, code ?? 1, output) });
    });
  });
}
