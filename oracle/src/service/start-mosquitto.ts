import { randomBytes } from "node:crypto";
import { connectDynamicSecurity } from "../broker/mosquitto/dynamic-security.ts";
import { createMosquittoGate } from "../broker/mosquitto/mosquitto-gate.ts";
import { prepareMosquitto } from "../broker/mosquitto/prepare-mosquitto.ts";
import { keepStep } from "./keep-step.ts";
import type { Broker, ExternalStart } from "./start-broker.ts";

/**
 * A Mosquitto with dynamic security, whose users the authority keeps.
 * @throws MQTT_CONNECT, BROKER_CONTROL, MQTT_LOGIN, BROKER_SUBSCRIPTION
 */
export async function startMosquitto({
  settings,
  common,
  authority,
  mqttUrl,
  connect,
}: ExternalStart): Promise<Omit<Broker, "url">> {
  const gate = createMosquittoGate({
    common,
    authority,
    prefix: settings.topicPrefix,
    random: (length) => randomBytes(length),
  });
  await prepareMosquitto(common.log, mqttUrl, settings.topicPrefix);
  const control = await connectDynamicSecurity({
    log: common.log,
    url: mqttUrl,
    clientId: `fieldseal-control-${randomBytes(4).toString("hex")}`,
    onConnected: (run) => gate.reconcile(run),
  });
  gate.attach(control);
  const source = await connect().catch(async (error: unknown) => {
    await control.stop();
    throw error;
  });
  const keeping = keepStep(common, "Mosquitto's users", () => gate.step());
  return {
    doors: { exchange: gate.exchange },
    isUp: () => source.connected() > 1,
    connected: source.connected,
    recheck: keeping.wake,
    publishReceipt: source.publishReceipt,
    async stop() {
      await keeping.stop();
      await source.stop();
      await control.stop();
    },
  };
}
