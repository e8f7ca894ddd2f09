import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import type { Clock } from "../../internal/clock.ts";
import { loop } from "../../internal/loop.ts";
import { connectDynamicSecurity } from "./dynamic-security.ts";
import { heartbeatTopic } from "./heartbeat.ts";
import { createMosquittoGuard } from "./mosquitto-guard.ts";

export type RunMosquittoGuardOptions = {
  readonly log: Logger;
  readonly clock: Clock;
  /** With the credentials of a client that has the plugin's admin role. */
  readonly url: string;
  readonly prefix: string;
  readonly silenceMs: number;
  readonly signal: AbortSignal;
  readonly onReady: () => void;
};

const retryMs = 1000;

/**
 * Guards a Mosquitto until the signal aborts.
 * @throws MQTT_CONNECT, BROKER_CONTROL if it cannot begin
 */
export async function runMosquittoGuard(options: RunMosquittoGuardOptions): Promise<void> {
  const { log, clock, url, prefix, silenceMs, signal } = options;
  const guard = createMosquittoGuard({ log, clock, silenceMs });
  const control = await connectDynamicSecurity({
    log,
    url,
    clientId: `fieldseal-guard-${randomBytes(4).toString("hex")}`,
    listen: { topic: heartbeatTopic(prefix), onMessage: guard.heard },
    // While the connection was down nothing could be heard.
    onConnected: async () => guard.heard(),
  });
  options.onReady();
  const onError = (error: unknown) => {
    log.error({ err: error }, "guard failed");
    return retryMs;
  };
  await loop(() => guard.step(control), { signal, onError }).done;
  await control.stop();
}
