import { FieldsealError } from "@fieldseal/sdk";
import type { MqttLike, MqttOpenOptions } from "../../../sdk/src/device/ports.ts";

/** A broker in memory: it remembers what it is told and answers when the test says so. */
export function fakeMqtt() {
  let open: MqttOpenOptions | undefined;
  let failure: string | undefined;
  const fake = {
    /** Every attempt to connect. */
    attempts: [] as MqttOpenOptions[],
    /** Every message on an `up` topic, repetitions included. */
    sent: [] as Uint8Array[],
    states: [] as string[],
    subscribed: [] as string[],
    /** Connecting fails with this code from now on; undefined ends that. */
    fail(code: string | undefined) {
      failure = code;
    },
    receipt(bytes: Uint8Array, topic = fake.subscribed.at(-1) ?? "") {
      open?.onMessage(topic, bytes);
    },
    drop() {
      const dropped = open;
      open = undefined;
      dropped?.onClose();
    },
  };
  const mqtt: MqttLike = {
    async open(options) {
      fake.attempts.push(options);
      if (failure !== undefined) throw new FieldsealError(failure, "as the test wants it");
      open = options;
      return {
        async publish(topic, payload) {
          if (topic.endsWith("/up")) fake.sent.push(payload);
          else fake.states.push(new TextDecoder().decode(payload));
        },
        async subscribe(topic) {
          fake.subscribed.push(topic);
        },
        async close() {
          if (open === options) open = undefined;
        },
      };
    },
  };
  return { ...fake, fake, mqtt };
}
