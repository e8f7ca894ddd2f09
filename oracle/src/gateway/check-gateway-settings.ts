import { metricText } from "@fieldseal/sdk";
import { gatewayConfigError } from "./gateway-config-error.ts";
import type { GatewaySettings } from "./gateway-settings.ts";
import { aliasOf } from "./origin-name.ts";
import { senmlUnit } from "./units.ts";

type Rule = NonNullable<GatewaySettings["formats"]["mapping"]>[number];

const wildcards = (filter: string): string[] =>
  filter.split("/").filter((level) => level === "+" || level === "#");

function checkAliases({ aliases }: GatewaySettings): void {
  const holders = new Map<string, string>();
  for (const [origin, alias] of Object.entries(aliases)) {
    const other = holders.get(alias);
    if (other !== undefined)
      throw gatewayConfigError(`aliases: ${other} and ${origin} have the same alias ${alias}.`);
    holders.set(alias, origin);
  }
}

/** A rule that could never give a reading would be silent about it: its messages would only be refused. */
function checkRule(rule: Rule, index: number): void {
  const where = `formats.mapping.${index}`;
  const has = wildcards(rule.topic).length;
  for (const [text, number] of rule.origin.matchAll(/\{(\d)\}/g)) {
    if (Number(number) >= 1 && Number(number) <= has) continue;
    const count = has === 0 ? "no wildcard" : `${has} wildcard${has === 1 ? "" : "s"}`;
    throw gatewayConfigError(
      `${where}.origin: ${text} stands for nothing: ${rule.topic} has ${count}. Write a name, or another topic.`,
    );
  }
  if (rule.payload === "text") {
    const path = rule.readings.find((one) => one.path !== "")?.path ?? rule.time ?? rule.id;
    if (path !== undefined)
      throw gatewayConfigError(`${where}: ${path} is a path, but payload: text has no parts.`);
  }
  for (const { name, type, on, scale, unit } of rule.readings) {
    const fault =
      on !== undefined && type !== "boolean"
        ? "on is for type: boolean"
        : scale !== "1" && type !== "number"
          ? "scale is for type: number"
          : undefined;
    if (fault !== undefined) throw gatewayConfigError(`${where}: ${name}: ${fault}.`);
    try {
      metricText(`r:${aliasOf("")}:x`, unit === undefined ? undefined : senmlUnit(unit, name));
    } catch {
      throw gatewayConfigError(`${where}: ${name}: the unit ${unit} is too long.`);
    }
  }
}

function checkTopics({ tasmota, chirpstack }: GatewaySettings["formats"]): void {
  for (const topic of tasmota?.topics ?? []) {
    if (wildcards(topic).join("") === "++") continue;
    throw gatewayConfigError(
      `formats.tasmota.topics: ${topic} must have two +, for the device and for SENSOR, STATE or LWT, and no #.`,
    );
  }
  const uplinks = chirpstack?.topic;
  if (uplinks !== undefined && wildcards(uplinks).at(-1) !== "+") {
    throw gatewayConfigError(
      `formats.chirpstack.topic: the last wildcard of ${uplinks} must be a + for the device.`,
    );
  }
}

/**
 * What the shape of the settings alone does not say.
 * @throws GATEWAY_CONFIG naming the key
 */
export function checkGatewaySettings(settings: GatewaySettings): void {
  checkAliases(settings);
  const { formats } = settings;
  if (Object.values(formats).every((format) => format === undefined)) {
    throw gatewayConfigError("formats: names no format; there is nothing to relay.");
  }
  checkTopics(formats);
  for (const [index, rule] of (formats.mapping ?? []).entries()) checkRule(rule, index);
}
