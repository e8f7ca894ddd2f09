import type { Common } from "../internal/common.ts";
import type { Metrics } from "../internal/metrics.ts";

/**
 * What it means when a check does not hold. Only `failing` makes the service unready: devices would get no receipt.
 * `degraded`: it works and falls behind its promises. `warning`: it will not work for long.
 */
type Severity = "failing" | "degraded" | "warning";

/** One condition of being ready; `check` answers why it does not hold, or undefined. */
export type ReadinessCheck = {
  readonly name: string;
  /** Code of docs/errors.md while it does not hold. */
  readonly code: string;
  readonly severity: Severity;
  check(): Promise<string | undefined> | string | undefined;
};

type ReadinessResult = {
  readonly name: string;
  readonly state: "ok" | Severity;
  /** Time since which it is so, milliseconds. */
  readonly sinceMs: number;
  readonly code: string | null;
  readonly reason: string | null;
};

/** Knows how the service is. */
export type Readiness = {
  /** Runs every check; one that fails or hangs does not hold. Answers from a moment ago are given again. */
  look(): Promise<readonly ReadinessResult[]>;
};

/** `/readyz`'s answer. */
export type ReadinessAnswer = {
  readonly ready: boolean;
  readonly checks: readonly (Omit<ReadinessResult, "sinceMs"> & { readonly since: string })[];
};

export type ReadinessOptions = {
  readonly common: Pick<Common, "log" | "clock"> & { readonly metrics: Pick<Metrics, "checkOk"> };
  readonly checks: readonly ReadinessCheck[];
  /** How long a check may take. */
  readonly timeoutMs?: number;
  /** How long an answer is good: `/readyz` is open to all and a check of the store writes. */
  readonly freshMs?: number;
};

function within(milliseconds: number, answer: Promise<string | undefined>) {
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve("no answer in time"), milliseconds);
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer));
}

/** One check with its history; a run that hangs is waited for, not started a second time. */
function keptCheck({ name, code, severity, check }: ReadinessCheck, options: ReadinessOptions) {
  const { common, timeoutMs = 2000 } = options;
  const { clock, log, metrics } = common;
  let last: ReadinessResult | undefined;
  let running: Promise<string | undefined> | undefined;

  const start = () =>
    Promise.resolve()
      .then(check)
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
      .finally(() => {
        running = undefined;
      });

  return async (): Promise<ReadinessResult> => {
    running ??= start();
    const reason = (await within(timeoutMs, running)) ?? null;
    const state = reason === null ? "ok" : severity;
    const isNew = last?.state !== state;
    const sinceMs = isNew || last === undefined ? clock.nowMs() : last.sinceMs;
    if (reason === null) {
      if (last !== undefined && isNew) log.info({ part: "readiness", check: name }, "check is ok");
    } else if (isNew) {
      const level = severity === "failing" ? "error" : "warn";
      log[level]({ part: "readiness", check: name, state, code }, reason);
    }
    metrics.checkOk.set({ check: name }, reason === null ? 1 : 0);
    last = { name, state, sinceMs, code: reason === null ? null : code, reason };
    return last;
  };
}

/** Composes the checks; those added to the list later count as well. */
export function createReadiness(options: ReadinessOptions): Readiness {
  const { common, checks, freshMs = 1000 } = options;
  const kept = new Map<ReadinessCheck, () => Promise<ReadinessResult>>();
  let looking: Promise<readonly ReadinessResult[]> | undefined;
  let lookedAtMs = Number.NEGATIVE_INFINITY;

  const lookAt = (check: ReadinessCheck) => {
    const known = kept.get(check) ?? keptCheck(check, options);
    kept.set(check, known);
    return known();
  };

  return {
    look() {
      const ageMs = common.clock.elapsedMs() - lookedAtMs;
      if (looking !== undefined && ageMs < freshMs) return looking;
      lookedAtMs = common.clock.elapsedMs();
      looking = Promise.all(checks.map(lookAt));
      return looking;
    },
  };
}

/** What `/readyz` answers: 503 if it is not ready. */
export async function readinessAnswer(readiness: Readiness): Promise<ReadinessAnswer> {
  const results = await readiness.look();
  const checks = results.map(({ sinceMs, ...check }) => ({
    ...check,
    since: new Date(sinceMs).toISOString(),
  }));
  return { ready: results.every(({ state }) => state !== "failing"), checks };
}
