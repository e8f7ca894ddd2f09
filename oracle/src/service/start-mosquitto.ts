import { randomBytes } from "node:crypto";
import { FieldsealError } from "@fieldseal/sdk";
import { connectDynamicSecurity } from "../broker/mosquitto/dynamic-security.ts";
import type { LoginExchange } from "../broker/mosquitto/login-exchange.ts";
import { createMosquittoGate } from "../broker/mosquitto/mosquitto-gate.ts";
import { prepareMosquitto } from "../broker/mosquitto/prepare-mosquitto.ts";
import { keepStep } from "./keep-step.ts";
import type { Broker, ExternalStart } from "./start-broker.ts";

type Gatekeeper = { readonly exchange: LoginExchange; wake(): void; stop(): Promise<void> };

/** Keeps Mosquitto's users in step with the authority: one process at a time. @throws MQTT_CONNECT, BROKER_CONTROL */
async function keepUsers(start: ExternalStart): Promise<Gatekeeper> {
  const { settings, common, authority, mqttUrl } = start;
  const gate = createMosquittoGate({
    common,
    authority,
    prefix: settings.topicPrefix,
    random: (length) => randomBytes(length),
  });
  const control = await connectDynamicSecurity({
    log: common.log,
    url: mqttUrl,
    clientId: `fieldseal-control-${randomBytes(4).toString("hex")}`,
    onConnected: (run) => gate.reconcile(run),
  });
  gate.attach(control);
  const keeping = keepStep(common, "Mosquitto's users", () => gate.step());
  return {
    exchange: gate.exchange,
    wake: keeping.wake,
    async stop() {
      await keeping.stop();
      await control.stop();
    },
  };
}

/**
 * A Mosquitto with dynamic security, whose users the authority keeps.
 * @throws MQTT_CONNECT, BROKER_CONTROL, MQTT_LOGIN, BROKER_SUBSCRIPTION
 */
export async function startMosquitto(start: ExternalStart): Promise<Omit<Broker, "url">> {
  const { settings, common, mqttUrl } = start;
  await prepareMosquitto(common.log, mqttUrl, settings.topicPrefix);
  const source = await start.connect();
  let keeper: Gatekeeper | undefined;
  return {
    doors: {
      async exchange(request) {
        if (keeper !== undefined) return keeper.exchange(request);
        throw new FieldsealError("NOT_LEADER", "Another process keeps the broker's users.");
      },
    },
    isUp: () => source.connected() > 1,
    connected: source.connected,
    recheck: () => keeper?.wake(),
    publishReceipt: source.publishReceipt,
    async lead() {
      const kept = await keepUsers(start);
      keeper = kept;
      return {
        async stop() {
          if (keeper === kept) keeper = undefined;
          await kept.stop();
        },
      };
    },
    stop: () => source.stop(),
  };
}
