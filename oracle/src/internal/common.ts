import type { Logger } from "pino";
import type { Clock } from "./clock.ts";
import type { Metrics } from "./metrics.ts";

/** What every part of the service is given. */
export type Common = {
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics;
};
