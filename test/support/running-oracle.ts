import { pino } from "pino";
import { type Clock, systemClock } from "../../oracle/src/internal/clock.ts";
import { createMetrics } from "../../oracle/src/internal/metrics.ts";
import { type Oracle, startOracle } from "../../oracle/src/service/start-oracle.ts";
import type { TestDeployment } from "./deployment.ts";
import { type ServiceClient, serviceClient } from "./service-client.ts";

/** An oracle in this process, whole, and its HTTP. */
export type RunningOracle = Oracle & { readonly client: ServiceClient };

/** Starts the service as its command does; logs errors only. */
export async function runOracle(
  deployment: TestDeployment,
  dataFolder: string,
  more: Record<string, string> = {},
  clock: Clock = systemClock,
): Promise<RunningOracle> {
  const log = pino({ level: "fatal" });
  const common = { log, clock, metrics: createMetrics() };
  const oracle = await startOracle(deployment.settings(dataFolder, more), common);
  return { ...oracle, client: serviceClient(oracle.http) };
}
