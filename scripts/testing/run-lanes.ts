import { runStep, type StepResult, type TestStep } from "./steps.ts";

const columns = (result: StepResult) => {
  const mark = result.failed > 0 ? "failed" : "ok";
  const counts = `${result.passed} passed${result.failed > 0 ? `, ${result.failed} failed` : ""}`;
  return `${mark.padEnd(7)} ${result.name.padEnd(30)} ${result.seconds.toFixed(1).padStart(6)} s  ${counts}\n`;
};

async function runLane(lane: readonly TestStep[]): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of lane) {
    const result = await runStep(step);
    process.stdout.write(columns(result));
    if (result.failed > 0 && !step.live) process.stdout.write(`\n${result.output}\n`);
    results.push(result);
  }
  return results;
}

/**
 * Runs lanes side by side, the steps of a lane one after the other, and prints a line a step and
 * `N passed, N failed` at the end. Sets the exit code.
 */
export async function runLanes(lanes: readonly (readonly TestStep[])[]): Promise<void> {
  const results = (await Promise.all(lanes.map(runLane))).flat();
  const sum = (pick: (result: StepResult) => number) => results.reduce((n, r) => n + pick(r), 0);
  const failed = sum((result) => result.failed);
  process.stdout.write(`\n${sum((result) => result.passed)} passed, ${failed} failed\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}
