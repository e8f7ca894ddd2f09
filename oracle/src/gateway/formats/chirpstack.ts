import { isJsonNumber } from "@fieldseal/sdk";
import { isObject, leavesOf, readObject, textOf } from "../read-json.ts";
import { relayError } from "../relay-error.ts";
import { parseSourceTime } from "../source-time.ts";
import { wildcardsOf } from "../topic-filter.ts";
import type { SourceFormat } from "../types.ts";
import { FieldCollector, type FieldPolicy, readingValue } from "./field-policy.ts";

export type ChirpstackOptions = FieldPolicy & {
  /** Filter of uplink events with `+` for application and device; `application/+/device/+/event/up`. */
  readonly topic: string;
};

/** Longest LoRaWAN application payload (RP002-1.0.4 regional parameters). */
const maxData = 242;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function dataOf(text: string): Uint8Array {
  const bytes = base64.test(text) ? Buffer.from(text, "base64") : undefined;
  if (bytes === undefined || bytes.length > maxData) {
    throw relayError("RELAY_SHAPE", "`data` is no LoRaWAN payload in base64.");
  }
  return new Uint8Array(bytes);
}

/**
 * ChirpStack v4's uplink events (https://www.chirpstack.io/docs/chirpstack/integrations/events.html). The network
 * server checked the frame's integrity code with the device's session key: attestation 1. The device's own bytes,
 * `data`, are relayed too, since a decoder on the server may read them wrongly. Protobuf's JSON leaves out what is
 * zero, so no field but those that name the device is demanded.
 */
export function chirpstackFormat(options: ChirpstackOptions): SourceFormat {
  return {
    name: "chirpstack",
    filters: [options.topic],
    matches: (topic) => wildcardsOf(options.topic, topic) !== undefined,
    teaches: () => false,
    understand(topic, payload) {
      const device = wildcardsOf(options.topic, topic)?.at(-1)?.toLowerCase();
      const message = readObject(payload);
      const info = message.get("deviceInfo");
      const eui = isObject(info) ? textOf(info, "devEui")?.toLowerCase() : undefined;
      if (eui === undefined || !/^[0-9a-f]{16}$/.test(eui)) {
        throw relayError("RELAY_SHAPE", "deviceInfo.devEui is not 16 hex digits.");
      }
      if (eui !== device)
        throw relayError("RELAY_SHAPE", "The topic names another device than devEui.");
      const fields = new FieldCollector(options);
      const object = message.get("object");
      if (isObject(object)) {
        for (const { path, value } of leavesOf(object)) {
          const read = readingValue(value);
          if (read !== undefined) fields.add(path.join("."), undefined, read);
        }
      }
      const data = textOf(message, "data");
      if (data !== undefined) fields.add("data", undefined, { data: dataOf(data) });
      for (const counter of ["fCnt", "fPort"]) {
        const value = message.get(counter);
        if (isJsonNumber(value)) fields.add(counter, undefined, { value: value.number });
      }
      const id = textOf(message, "deduplicationId");
      return {
        kind: "readings",
        origin: eui,
        attestation: 1,
        time: parseSourceTime(message.get("time")),
        ...(id === undefined ? {} : { id: id.slice(0, 128) }),
        readings: fields.readings,
        skipped: fields.skipped,
      };
    },
  };
}
