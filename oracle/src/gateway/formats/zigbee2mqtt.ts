import type { JsonObject } from "@fieldseal/sdk";
import { isObject, leavesOf, readJson, readText, scalarText, textOf } from "../read-json.ts";
import { relayError } from "../relay-error.ts";
import { parseSourceTime } from "../source-time.ts";
import type { SourceFormat, Understood } from "../types.ts";
import { readDevices, type ZigbeeDevice } from "./exposes.ts";
import { FieldCollector, type FieldPolicy, readingValue } from "./field-policy.ts";

export type Zigbee2mqttOptions = FieldPolicy & {
  /** Zigbee2MQTT's base topic. */
  readonly base: string;
};

/** Of the bridge rather than of the device. */
const bridgeFields = /^(last_seen|update|update_available|device)(\.|$)/;

/**
 * Zigbee2MQTT (https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html): `<base>/<friendly name>`, where a
 * name may have slashes, and `<name>/availability`. Units and what means on come from the `exposes` of `bridge/devices`,
 * which is retained. Messages of names that are in no such list, as groups, are not a device's.
 */
export function zigbee2mqttFormat(options: Zigbee2mqttOptions): SourceFormat {
  const prefix = `${options.base}/`;
  const listTopic = `${prefix}bridge/devices`;
  let devices: ReadonlyMap<string, ZigbeeDevice> | undefined;

  const deviceOf = (name: string): ZigbeeDevice => {
    const device = devices?.get(name);
    if (device !== undefined) return device;
    throw relayError("RELAY_UNKNOWN", `bridge/devices has no ${name}.`);
  };

  const learn = (payload: Uint8Array): Understood => {
    const list = readDevices(readJson(payload));
    if (list === undefined) throw relayError("RELAY_SHAPE", "bridge/devices is no list.");
    devices = list;
    return { kind: "learnt", what: `${list.size} devices`, skipped: [] };
  };

  const availability = (name: string, payload: Uint8Array): Understood => {
    const { address } = deviceOf(name);
    const text = readText(payload).trim();
    const said = text.startsWith("{") ? readJson(payload) : text;
    const state = isObject(said) ? textOf(said, "state") : said;
    if (state !== "online" && state !== "offline") {
      throw relayError("RELAY_SHAPE", "The availability is neither online nor offline.");
    }
    const fields = new FieldCollector(options);
    fields.add("online", undefined, { bool: state === "online" });
    return readings(name, address, fields, undefined);
  };

  const readings = (
    origin: string,
    hardware: string | undefined,
    { readings, skipped }: FieldCollector,
    message: JsonObject | undefined,
  ): Understood => ({
    kind: "readings",
    origin,
    ...(hardware === undefined ? {} : { hardware }),
    attestation: 0,
    time: parseSourceTime(message?.get("last_seen")),
    readings,
    skipped,
  });

  return {
    name: "zigbee2mqtt",
    filters: [`${prefix}#`],
    matches: (topic) => topic.startsWith(prefix),
    teaches: (topic) => topic === listTopic,
    understand(topic, payload) {
      if (topic === listTopic) return learn(payload);
      const name = topic.slice(prefix.length);
      if (name.startsWith("bridge/")) return { kind: "ignored", why: "of the bridge" };
      if (/\/(set|get)(\/|$)/.test(name)) return { kind: "ignored", why: "a command" };
      if (name.endsWith("/availability")) return availability(name.slice(0, -13), payload);
      const { address, exposed } = deviceOf(name);
      const message = readJson(payload);
      if (!isObject(message)) throw relayError("RELAY_SHAPE", "Not a JSON object.");
      const fields = new FieldCollector(options);
      for (const { path, value } of leavesOf(message)) {
        const field = path.join(".");
        if (bridgeFields.test(field)) continue;
        const known = exposed.get(field);
        const text = scalarText(value);
        if (known?.on !== undefined && (text === known.on || text === known.off)) {
          fields.add(field, undefined, { bool: text === known.on });
          continue;
        }
        const read = readingValue(value);
        const unit = field === "linkquality" ? undefined : known?.unit;
        if (read !== undefined) fields.add(field, "value" in read ? unit : undefined, read);
      }
      return readings(name, address, fields, message);
    },
  };
}
