/** One condition of a gateway's work; `check` answers why it does not hold, or undefined. */
export type GatewayCheck = {
  readonly name: string;
  /** Code of docs/errors.md while it does not hold. */
  readonly code: string;
  /** failing: the source's messages are not taken; degraded: they are, and wait. */
  readonly severity: "failing" | "degraded";
  check(): string | undefined;
};

type CheckResult = {
  readonly name: string;
  readonly state: "ok" | "failing" | "degraded";
  readonly code: string | null;
  readonly reason: string | null;
};

function reasonOf({ check }: GatewayCheck): string | null {
  try {
    return check() ?? null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What `/readyz` of a gateway answers, in the shape of the oracle's. */
export function readinessOf(checks: readonly GatewayCheck[]): {
  readonly ready: boolean;
  readonly checks: readonly CheckResult[];
} {
  const results = checks.map((one): CheckResult => {
    const reason = reasonOf(one);
    const { name, code, severity } = one;
    return reason === null
      ? { name, state: "ok", code: null, reason }
      : { name, state: severity, code, reason };
  });
  return { ready: results.every(({ state }) => state !== "failing"), checks: results };
}
