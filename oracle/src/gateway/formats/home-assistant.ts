import { isObject, readJson, readText } from "../read-json.ts";
import { relayError } from "../relay-error.ts";
import { wildcardsOf } from "../topic-filter.ts";
import type { RelayedValue, SourceFormat, Understood } from "../types.ts";
import { type DiscoveredEntity, readDiscovery } from "./discovery-config.ts";
import { FieldCollector, type FieldPolicy } from "./field-policy.ts";
import { decimalSpelling } from "./mapping.ts";
import { evaluateTemplate } from "./value-template.ts";

export type HomeAssistantOptions = FieldPolicy & {
  /** Discovery prefix, `homeassistant`. */
  readonly prefix: string;
  /** Topics that another format reads already: an entity there would be relayed twice. */
  isTaken(topic: string): boolean;
};

const maxTopics = 2000;
const maxPerTopic = 64;
const maxEntities = 5000;

function convert(entity: DiscoveredEntity, text: string): RelayedValue | undefined {
  if (entity.kind === "binary_sensor") {
    return text === entity.on || text === entity.off ? { bool: text === entity.on } : undefined;
  }
  const digits = decimalSpelling(text);
  if (digits !== undefined) return { value: digits };
  // A unit promises a number: NaN, `unavailable` and the like are none.
  return entity.unit === undefined ? { text } : undefined;
}

/**
 * Sensors announced by Home Assistant's discovery (https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery):
 * the announcement says where the state is and how to read it. Only templates that pick a value are evaluated.
 */
export function homeAssistantFormat(options: HomeAssistantOptions): SourceFormat {
  const filters = [`${options.prefix}/+/+/config`, `${options.prefix}/+/+/+/config`];
  const configs = new Map<string, readonly DiscoveredEntity[]>();
  let byTopic = new Map<string, DiscoveredEntity[]>();

  const isConfig = (topic: string) => filters.some((filter) => wildcardsOf(filter, topic));

  const index = () => {
    byTopic = new Map();
    for (const entities of configs.values()) {
      for (const entity of entities) {
        const there = byTopic.get(entity.topic) ?? [];
        if (there.length < maxPerTopic) there.push(entity);
        byTopic.set(entity.topic, there);
      }
    }
  };

  const learn = (topic: string, payload: Uint8Array): Understood => {
    const [component = "", ...rest] = topic.slice(options.prefix.length + 1).split("/");
    const id = rest.slice(0, -1).join(".");
    if (payload.length === 0) {
      configs.delete(topic);
      index();
      return { kind: "learnt", what: `${id} is gone`, skipped: [] };
    }
    const config = readJson(payload);
    if (!isObject(config)) throw relayError("RELAY_SHAPE", "The announcement is no JSON object.");
    const { entities, skipped } = readDiscovery(component, id, config);
    const own = entities.filter((entity) => !options.isTaken(entity.topic));
    if (configs.size >= maxTopics && !configs.has(topic)) {
      throw relayError("RELAY_ORIGINS", `More than ${maxTopics} announcements.`);
    }
    const others = [...configs].reduce(
      (sum, [name, list]) => sum + (name === topic ? 0 : list.length),
      0,
    );
    if (others + own.length > maxEntities) {
      throw relayError("RELAY_ORIGINS", `More than ${maxEntities} announced entities.`);
    }
    configs.set(topic, own);
    index();
    const subscribe = [...new Set(own.map((entity) => entity.topic))];
    return { kind: "learnt", what: `${own.length} entities of ${id}`, skipped, subscribe };
  };

  const read = (topic: string, payload: Uint8Array): Understood => {
    const [first, ...others] = byTopic.get(topic) ?? [];
    if (first === undefined)
      throw relayError("RELAY_TOPIC", `No entity has its state on ${topic}.`);
    const text = readText(payload);
    const body = { text, json: () => readJson(payload) };
    const fields = new FieldCollector(options);
    for (const entity of [first, ...others]) {
      if (entity.origin !== first.origin) continue;
      const found = entity.template === undefined ? text : evaluateTemplate(entity.template, body);
      if (found === undefined) continue;
      const value = convert(entity, found);
      if (value === undefined) fields.skipped.push({ what: entity.name, code: "RELAY_SHAPE" });
      else fields.add(entity.name, "value" in value ? entity.unit : undefined, value);
    }
    const { readings, skipped } = fields;
    const { origin } = first;
    return { kind: "readings", origin, attestation: 0, time: { kind: "none" }, readings, skipped };
  };

  return {
    name: "homeassistant",
    filters,
    matches: (topic) => isConfig(topic) || byTopic.has(topic),
    teaches: isConfig,
    understand: (topic, payload) =>
      isConfig(topic) ? learn(topic, payload) : read(topic, payload),
  };
}
