import { randomBytes } from "node:crypto";
import { DeviceClient } from "../device/device-client.ts";
import type { DeviceClientConfig } from "../device/device-client-config.ts";
import { type ExchangeOptions, exchangeLogin } from "../device/exchange-login.ts";
import { type MqttJsOptions, mqttJs } from "../device/mqtt-js.ts";
import { fileOutbox } from "./file-outbox.ts";
import { runSteps } from "./run-steps.ts";

export type ConnectDeviceOptions = Omit<
  DeviceClientConfig,
  "mqtt" | "outbox" | "clock" | "random" | "onWake"
> &
  Partial<Pick<DeviceClientConfig, "mqtt" | "outbox" | "clock" | "random">> & {
    /** The broker, as `mqtts://host:8883`; may be left out if `mqtt` is given. */
    readonly url?: string;
    readonly mqttOptions?: MqttJsOptions;
    /** For a broker that cannot judge login tokens, as Mosquitto: the service that exchanges them for passwords. */
    readonly login?: { readonly exchange: string } & ExchangeOptions;
    /** Folder of the file outbox; may be left out if `outbox` is given. */
    readonly outboxFolder?: string;
  };

/** A device that runs by itself. */
export type ConnectedDevice = {
  readonly client: DeviceClient;
  readonly send: DeviceClient["send"];
  /** Disconnects and closes the outbox; what is in it goes out after the next start. */
  close(): Promise<void>;
};

/**
 * Starts a device on this machine: a {@link DeviceClient} over mqtt.js and a file outbox, stepped
 * until it is closed. It resolves before the broker is reached: `send` works without a connection.
 * @throws OUTBOX_LOCKED, OUTBOX_FAILED, OUTBOX_EXHAUSTED
 */
export async function connectDevice(options: ConnectDeviceOptions): Promise<ConnectedDevice> {
  const { url, mqttOptions, outboxFolder, login, ...config } = options;
  const mqtt = options.mqtt ?? mqttJs(required(url, "url"), mqttOptions);
  const outbox = options.outbox ?? (await fileOutbox(required(outboxFolder, "outboxFolder")));
  let wake = () => {};
  const client = await DeviceClient.start({
    clock: { nowMs: () => Date.now() },
    random: (length) => randomBytes(length),
    ...config,
    mqtt: login === undefined ? mqtt : exchangeLogin(mqtt, login.exchange, login),
    outbox,
    onWake: () => wake(),
  }).catch(async (error: unknown) => {
    await outbox.close();
    throw error;
  });
  const steps = runSteps(() => client.step());
  wake = steps.wake;

  return {
    client,
    send: (readings) => client.send(readings),
    async close() {
      // Before the steps, one of which may be waiting for a broker that does not answer.
      await client.close();
      await steps.stop();
      await outbox.close();
    },
  };
}

function required(value: string | undefined, name: string): string {
  if (value === undefined) throw new TypeError(`connectDevice needs ${name}.`);
  return value;
}
