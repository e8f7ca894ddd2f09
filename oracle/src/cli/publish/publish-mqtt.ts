import {
  DeviceClient,
  type DeviceLog,
  type DeviceMessage,
  exchangeLogin,
  FieldsealError,
  mqttJs,
  type Outbox,
  platformRandom,
  type Reading,
} from "@fieldseal/sdk";
import { type DeviceKey, signerOf } from "../files/key-file.ts";
import type { Deployment } from "../network/deployment.ts";

export type MqttPublish = {
  readonly url: string;
  readonly key: DeviceKey;
  readonly deployment: Deployment & { readonly log: DeviceLog };
  readonly outbox: Outbox;
  readonly readings: readonly Reading[];
  readonly encoding: "cose" | "json";
  readonly nowMs: () => number;
  readonly timeoutMs: number;
};

const kept = "The message is kept and sent with the next publish.";

function unreachable(error: unknown): FieldsealError {
  const reason = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
  return new FieldsealError("BROKER_UNREACHABLE", `${reason}. ${kept}`, {}, { cause: error });
}

/**
 * Sends readings, and what an earlier publish left in the outbox, and waits for the stored receipts.
 * @throws BROKER_UNREACHABLE, RECEIPT_TIMEOUT, and the code of a refusal
 */
export async function publishMqtt(options: MqttPublish): Promise<DeviceMessage> {
  const { url, key, deployment, outbox, readings, encoding, nowMs, timeoutMs } = options;
  const { exchange } = deployment;
  const { promise: failed, reject } = Promise.withResolvers<never>();
  let wake: () => void = () => {};
  let ended = false;
  const client = await DeviceClient.start({
    device: key.device,
    keyIndex: key.keyIndex,
    signer: signerOf(key),
    domain: deployment.domain,
    log: deployment.log,
    authority: deployment.authority,
    prefix: deployment.topicPrefix,
    encoding,
    mqtt: exchange === undefined ? mqttJs(url) : exchangeLogin(mqttJs(url), exchange),
    outbox,
    clock: { nowMs },
    random: platformRandom,
    onWake: () => wake(),
    onEvent: (event) => {
      if (event.type === "connectFailed") reject(unreachable(event.error));
      if (event.type === "badReceipt") reject(event.error);
      if (event.type === "refused") {
        const end = event.buried ? "It is set aside and not sent again." : kept;
        reject(new FieldsealError(event.code, `${event.message} ${end}`));
      }
    },
  });
  const timer = setTimeout(() => {
    const message = `No receipt came within ${timeoutMs / 1000} s. ${kept}`;
    reject(new FieldsealError("RECEIPT_TIMEOUT", message));
  }, timeoutMs);
  const deliver = async (): Promise<void> => {
    while (client.pending > 0) {
      const delayMs = await client.step();
      if (ended || client.pending === 0) return;
      await new Promise<void>((resolve) => {
        const pause = setTimeout(resolve, delayMs);
        wake = () => {
          clearTimeout(pause);
          resolve();
        };
      });
    }
  };
  try {
    const message = await client.send(readings);
    await Promise.race([deliver(), failed]);
    return message;
  } finally {
    clearTimeout(timer);
    ended = true;
    wake();
    await client.close();
  }
}
