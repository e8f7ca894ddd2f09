/** What sources write, in the names of the SenML unit registry (RFC 8428 section 12.1, RFC 8798) where it has one. */
const senmlNames: ReadonlyMap<string, string> = new Map([
  ["°C", "Cel"],
  ["℃", "Cel"],
  ["C", "Cel"],
  ["°F", "degF"],
  ["℉", "degF"],
  ["F", "degF"],
  ["K", "K"],
  ["%", "%"],
  ["%RH", "%RH"],
  ["hPa", "hPa"],
  ["mbar", "hPa"],
  ["mmHg", "mmHg"],
  ["inHg", "inHg"],
  ["kPa", "kPa"],
  ["Pa", "Pa"],
  ["lx", "lx"],
  ["lux", "lx"],
  ["µg/m³", "ug/m3"],
  ["μg/m³", "ug/m3"],
  ["µg/m3", "ug/m3"],
  ["mg/m³", "mg/m3"],
  ["m³", "m3"],
  ["m³/h", "m3/h"],
  ["ft³", "ft3"],
  ["L", "l"],
  ["l", "l"],
  ["L/h", "l/h"],
  ["W/m²", "W/m2"],
  ["µS/cm", "uS/cm"],
  ["μS/cm", "uS/cm"],
  ["µA", "uA"],
  ["µW", "uW"],
  ["°", "deg"],
  ["VAr", "var"],
]);

const asWritten = /^[A-Za-z%][A-Za-z0-9%/.*-]{0,11}$/;

/**
 * A unit under its SenML name.
 * @param quantity The reading's name: a percentage of humidity is `%RH`
 * @returns undefined for a unit that cannot be written down
 */
export function senmlUnit(unit: string, quantity: string): string | undefined {
  const named = senmlNames.get(unit.trim());
  if (named === "%" && /humidity/i.test(quantity)) return "%RH";
  if (named !== undefined) return named;
  return asWritten.test(unit) ? unit : undefined;
}
