import { isJsonNumber, type JsonObject, type JsonValue } from "@fieldseal/sdk";
import { isObject, scalarText, textOf } from "../read-json.ts";

/** What Zigbee2MQTT says about one property of a device. */
type Exposed = {
  readonly unit: string | undefined;
  /** The texts or truth values that stand for on and off. */
  readonly on: string | undefined;
  readonly off: string | undefined;
};

/** A device by its friendly name. */
export type ZigbeeDevice = {
  readonly address: string | undefined;
  /** By the path of the property, joined by dots. */
  readonly exposed: ReadonlyMap<string, Exposed>;
};

const maxDevices = 1000;
const maxProperties = 300;

function read(
  features: JsonValue | undefined,
  path: readonly string[],
  into: Map<string, Exposed>,
) {
  if (!Array.isArray(features) || path.length > 4) return;
  for (const feature of features) {
    if (!isObject(feature) || into.size >= maxProperties) continue;
    const property = textOf(feature, "property");
    const inner = property === undefined ? path : [...path, property];
    if (feature.has("features")) {
      read(feature.get("features"), inner, into);
    } else if (property !== undefined && isPublished(feature)) {
      into.set(inner.join("."), {
        unit: textOf(feature, "unit"),
        on: scalarText(feature.get("value_on")),
        off: scalarText(feature.get("value_off")),
      });
    }
  }
}

/** Bit 1 of `access`: the property is in the published state. */
function isPublished(feature: JsonObject): boolean {
  const access = feature.get("access");
  return !isJsonNumber(access) || (Number(access.number) & 1) === 1;
}

/** `bridge/devices` of Zigbee2MQTT; undefined if it is no list. */
export function readDevices(list: JsonValue): ReadonlyMap<string, ZigbeeDevice> | undefined {
  if (!Array.isArray(list)) return undefined;
  const devices = new Map<string, ZigbeeDevice>();
  for (const device of list.slice(0, maxDevices)) {
    if (!isObject(device)) continue;
    const name = textOf(device, "friendly_name");
    if (name === undefined || textOf(device, "type") === "Coordinator") continue;
    const exposed = new Map<string, Exposed>();
    const definition = device.get("definition");
    if (isObject(definition)) read(definition.get("exposes"), [], exposed);
    devices.set(name, { address: textOf(device, "ieee_address"), exposed });
  }
  return devices;
}
