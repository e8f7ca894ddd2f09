import { splitMetric } from "@fieldseal/sdk";

/** How Home Assistant shows a metric; names of its own documentation (developers.home-assistant.io, Sensor entity). */
export type EntityKind = {
  readonly platform: "sensor" | "binary_sensor";
  readonly name: string;
  readonly unit: string | undefined;
  readonly deviceClass: string | undefined;
  readonly stateClass: "measurement" | "total" | undefined;
};

type Shown = readonly [
  unit: string,
  deviceClass: string | undefined,
  stateClass: "measurement" | "total",
];

const measured = (unit: string, deviceClass?: string): Shown => [unit, deviceClass, "measurement"];

/** SenML units as Home Assistant writes them. A device class is given only where the unit leaves no other. */
const shown: ReadonlyMap<string, Shown> = new Map([
  ["Cel", measured("°C", "temperature")],
  ["degF", measured("°F", "temperature")],
  ["K", measured("K", "temperature")],
  ["%RH", measured("%", "humidity")],
  ["%", measured("%")],
  ["hPa", measured("hPa", "pressure")],
  ["kPa", measured("kPa", "pressure")],
  ["Pa", measured("Pa", "pressure")],
  ["lx", measured("lx", "illuminance")],
  ["V", measured("V", "voltage")],
  ["mV", measured("mV", "voltage")],
  ["A", measured("A", "current")],
  ["mA", measured("mA", "current")],
  ["W", measured("W", "power")],
  ["kW", measured("kW", "power")],
  ["VA", measured("VA", "apparent_power")],
  ["var", measured("var", "reactive_power")],
  ["Hz", measured("Hz", "frequency")],
  ["dBm", measured("dBm", "signal_strength")],
  ["dB", measured("dB")],
  ["ppm", measured("ppm")],
  ["ppb", measured("ppb")],
  ["ug/m3", measured("µg/m³")],
  ["m/s", measured("m/s")],
  ["m", measured("m")],
  ["mm", measured("mm")],
  ["s", measured("s", "duration")],
  ["Wh", ["Wh", "energy", "total"]],
  ["kWh", ["kWh", "energy", "total"]],
]);

/** Name without the mark of a relayed reading, which Home Assistant's user need not read. */
function nameOf(name: string): string {
  return name.replace(/^r:([^:]+):/, "$1 ");
}

/**
 * @param kind Of the leaf: 0 number, 1 boolean, 2 text, 3 data
 * @returns undefined for what is not shown: bytes, and records about the origin of relayed readings
 */
export function entityKind(metric: string, kind: number): EntityKind | undefined {
  const { name, unit } = splitMetric(metric);
  if (kind === 3 || name.startsWith("origin.")) return undefined;
  const platform = kind === 1 ? "binary_sensor" : "sensor";
  const common = { platform, name: nameOf(name) } as const;
  if (kind !== 0)
    return { ...common, unit: undefined, deviceClass: undefined, stateClass: undefined };
  const known = unit === undefined ? undefined : shown.get(unit);
  const [label = unit, deviceClass, stateClass = "measurement"] = known ?? [];
  return { ...common, unit: label, deviceClass, stateClass };
}
