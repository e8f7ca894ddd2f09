import { pino } from "pino";
import { createGatewayMetrics } from "../../../oracle/src/gateway/gateway-metrics.ts";
import { formatsOf, readGatewaySettings } from "../../../oracle/src/gateway/gateway-settings.ts";
import { createRelay, type RelayOptions } from "../../../oracle/src/gateway/relay.ts";
import { readPolicyOf } from "../../../oracle/src/gateway/start-gateway.ts";

/** A relay by the settings' text, with its metrics. */
export function testRelay(text: string, parts: Pick<RelayOptions, "clock" | "store" | "device">) {
  const settings = readGatewaySettings(
    `source: { url: "mqtt://127.0.0.1" }\ntime: { zone: UTC }\n${text}`,
  );
  const metrics = createGatewayMetrics();
  const relay = createRelay({
    log: pino({ level: "silent" }),
    metrics,
    policy: readPolicyOf(settings, formatsOf(settings)),
    limits: settings.limits,
    subscribe: () => {},
    ...parts,
  });
  return { relay, metrics };
}
