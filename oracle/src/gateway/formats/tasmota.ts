import type { JsonObject } from "@fieldseal/sdk";
import { leavesOf, readObject, readText, textOf } from "../read-json.ts";
import { relayError } from "../relay-error.ts";
import { parseSourceTime } from "../source-time.ts";
import { wildcardsOf } from "../topic-filter.ts";
import type { SourceFormat, SourceTime, Understood } from "../types.ts";
import { FieldCollector, type FieldPolicy, readingValue } from "./field-policy.ts";

export type TasmotaOptions = FieldPolicy & {
  /** Topics with one `+` for the device and one for the kind, from Tasmota's FullTopic; `tele/+/+` by default. */
  readonly topics: readonly string[];
};

const kinds = new Set(["SENSOR", "STATE", "LWT"]);

/** Units that Tasmota's sensors have and do not write. Temperature, pressure and speed have theirs in the message. */
const unitOf: ReadonlyMap<string, string> = new Map([
  ["Humidity", "%RH"],
  ["Illuminance", "lx"],
  ["CarbonDioxide", "ppm"],
  ["eCO2", "ppm"],
  ["TVOC", "ppb"],
  ["PM1", "ug/m3"],
  ["PM2.5", "ug/m3"],
  ["PM10", "ug/m3"],
  ["Distance", "cm"],
  ["Voltage", "V"],
  ["Current", "A"],
  ["Power", "W"],
  ["ApparentPower", "VA"],
  ["ReactivePower", "var"],
  ["Frequency", "Hz"],
  ["Total", "kWh"],
  ["Today", "kWh"],
  ["Yesterday", "kWh"],
  ["ExportActive", "kWh"],
  ["Period", "Wh"],
  ["Weight", "kg"],
  ["Moisture", "%"],
  ["Noise", "dB"],
]);

/** Only an energy meter's totals are energies: other sensors use the same words for other things. */
const energyOnly = new Set(["Total", "Today", "Yesterday", "Period", "ExportActive", "Power"]);
const temperatures = /^(Temperature|DewPoint|HeatIndex)\d*$/;
const pressures = /^(Pressure|SeaPressure)\d*$/;

function unitFor(path: readonly string[], message: JsonObject): string | undefined {
  const name = path.findLast((part) => !/^\d+$/.test(part)) ?? "";
  if (temperatures.test(name)) return textOf(message, "TempUnit");
  if (pressures.test(name)) return textOf(message, "PressureUnit");
  if (name === "Speed") return textOf(message, "SpeedUnit");
  const isMeter = path[0] === "ENERGY";
  if (energyOnly.has(name) && !isMeter) return undefined;
  return unitOf.get(name);
}

/** Seconds since 1970 where the device writes them, else its local time. */
function timeOf(message: JsonObject): SourceTime {
  return parseSourceTime(message.get("Epoch") ?? message.get("Time"));
}

/** No readings: the message's time, and what others are measured in. */
const isAside = (name: string) =>
  /^(Time|Epoch|Id|TotalStartTime)$/.test(name) || name.endsWith("Unit");

/** What of a device's own state says something about the field; the rest is its firmware's business. */
const stateNames: ReadonlyMap<string, string | undefined> = new Map([
  ["UptimeSec", "s"],
  ["Dimmer", "%"],
  ["Vcc", "V"],
  ["Wifi.RSSI", "%"],
  ["Wifi.Signal", "dBm"],
]);

/**
 * Tasmota's telemetry (https://tasmota.github.io/docs/MQTT/): `tele/<device>/SENSOR`, `STATE` and `LWT`. Sensors of
 * one kind are told apart by their index, `DS18B20-1`. `Time` is the device's local time, without a zone.
 */
export function tasmotaFormat(options: TasmotaOptions): SourceFormat {
  const parse = (topic: string) => {
    for (const filter of options.topics) {
      const [device, kind] = wildcardsOf(filter, topic) ?? [];
      if (device !== undefined && kind !== undefined && kinds.has(kind)) return { device, kind };
    }
    return undefined;
  };

  const sensor = (message: JsonObject, fields: FieldCollector) => {
    for (const { path, value } of leavesOf(message)) {
      const last = path.at(-1) ?? "";
      if (isAside(last)) continue;
      const read = readingValue(value);
      if (read !== undefined)
        fields.add(path.join("."), "value" in read ? unitFor(path, message) : undefined, read);
    }
  };

  const state = (message: JsonObject, fields: FieldCollector) => {
    for (const { path, value } of leavesOf(message)) {
      const name = path.join(".");
      const read = readingValue(value);
      const isSwitch = /^POWER\d*$/.test(name);
      if (read === undefined || !(isSwitch || stateNames.has(name))) continue;
      fields.add(name, stateNames.get(name), read);
    }
  };

  return {
    name: "tasmota",
    filters: options.topics,
    matches: (topic) => parse(topic) !== undefined,
    teaches: () => false,
    understand(topic, payload): Understood {
      const found = parse(topic);
      if (found === undefined) throw relayError("RELAY_TOPIC", `${topic} is none of Tasmota's.`);
      const common = { kind: "readings", origin: found.device, attestation: 0 } as const;
      const fields = new FieldCollector(options);
      if (found.kind === "LWT") {
        const text = readText(payload);
        if (text !== "Online" && text !== "Offline") {
          throw relayError("RELAY_SHAPE", "LWT says neither Online nor Offline.");
        }
        fields.add("online", undefined, { bool: text === "Online" });
        return { ...common, time: { kind: "none" }, ...collected(fields) };
      }
      const message = readObject(payload);
      if (found.kind === "SENSOR") sensor(message, fields);
      else state(message, fields);
      return { ...common, time: timeOf(message), ...collected(fields) };
    },
  };
}

function collected({ readings, skipped }: FieldCollector) {
  return { readings, skipped };
}
