import type { JsonObject } from "@fieldseal/sdk";
import { isObject, textOf } from "../read-json.ts";
import type { Skipped } from "../types.ts";
import { parseValueTemplate, type ValueTemplate } from "./value-template.ts";

/** An entity that Home Assistant would show. */
export type DiscoveredEntity = {
  /** Its device, or itself if it names none. */
  readonly origin: string;
  readonly name: string;
  readonly topic: string;
  readonly kind: "sensor" | "binary_sensor";
  readonly unit: string | undefined;
  readonly template: ValueTemplate | undefined;
  readonly on: string;
  readonly off: string;
};

export type DiscoveredConfig = {
  readonly entities: readonly DiscoveredEntity[];
  readonly skipped: readonly Skipped[];
};

const maxComponents = 200;

/** `~` at the beginning or end of a topic stands for the base topic. */
function expand(topic: string, base: string | undefined): string {
  if (base === undefined) return topic;
  if (topic.startsWith("~")) return base + topic.slice(1);
  return topic.endsWith("~") ? topic.slice(0, -1) + base : topic;
}

function identifierOf(device: JsonObject | undefined): string | undefined {
  if (device === undefined) return undefined;
  const ids = device.get("ids") ?? device.get("identifiers");
  const first = Array.isArray(ids) ? ids[0] : ids;
  return typeof first === "string" ? first : textOf(device, "name");
}

const member = (object: JsonObject, ...names: string[]): JsonObject | undefined => {
  for (const name of names) {
    const value = object.get(name);
    if (isObject(value)) return value;
  }
  return undefined;
};

/** Our own announcements come back here when the oracle speaks to the same broker: relaying them would never end. */
function isOurs(config: JsonObject): boolean {
  const origin = member(config, "o", "origin");
  return origin !== undefined && textOf(origin, "name") === "Fieldseal";
}

type Shared = {
  readonly base: string | undefined;
  readonly origin: string | undefined;
  readonly stateTopic: string | undefined;
};

function entityOf(
  platform: string,
  id: string,
  config: JsonObject,
  shared: Shared,
): DiscoveredEntity | Skipped | undefined {
  if (platform !== "sensor" && platform !== "binary_sensor") return undefined;
  const base = textOf(config, "~") ?? shared.base;
  const named = textOf(config, "stat_t", "state_topic") ?? shared.stateTopic;
  const name = textOf(config, "name", "obj_id", "object_id", "uniq_id", "unique_id") ?? id;
  const topic = named === undefined ? undefined : expand(named, base);
  if (topic === undefined || /[#+\0]/.test(topic) || topic.startsWith("$") || topic.length > 512) {
    return { what: `${id}: state_topic`, code: "RELAY_SHAPE" };
  }
  const templateText = textOf(config, "val_tpl", "value_template");
  const template = templateText === undefined ? undefined : parseValueTemplate(templateText);
  if (templateText !== undefined && template === undefined) {
    return { what: `${id}: ${templateText.slice(0, 120)}`, code: "RELAY_TEMPLATE" };
  }
  const origin = identifierOf(member(config, "dev", "device")) ?? shared.origin ?? id;
  return {
    origin,
    name,
    topic,
    kind: platform,
    unit: textOf(config, "unit_of_meas", "unit_of_measurement"),
    template,
    on: textOf(config, "pl_on", "payload_on") ?? "ON",
    off: textOf(config, "pl_off", "payload_off") ?? "OFF",
  };
}

/**
 * The entities of a discovery message: one of `<prefix>/<component>/[<node>/]<object>/config`, or several of
 * `<prefix>/device/<object>/config`. Other components than sensors are left out.
 */
export function readDiscovery(component: string, id: string, config: JsonObject): DiscoveredConfig {
  if (isOurs(config)) return { entities: [], skipped: [] };
  const base = textOf(config, "~");
  const shared: Shared = {
    base,
    origin: identifierOf(member(config, "dev", "device")),
    stateTopic: textOf(config, "stat_t", "state_topic"),
  };
  const parts: [string, string, JsonObject][] = [];
  if (component === "device") {
    for (const [key, value] of member(config, "cmps", "components") ?? []) {
      if (!isObject(value) || parts.length >= maxComponents) continue;
      parts.push([textOf(value, "p", "platform") ?? "", `${id}.${key}`, value]);
    }
  } else {
    parts.push([component, id, config]);
  }
  const entities: DiscoveredEntity[] = [];
  const skipped: Skipped[] = [];
  for (const [platform, key, value] of parts) {
    const entity = entityOf(platform, key, value, shared);
    if (entity === undefined) continue;
    if ("code" in entity) skipped.push(entity);
    else entities.push(entity);
  }
  return { entities, skipped };
}
