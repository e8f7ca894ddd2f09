import type { DeviceId } from "@fieldseal/sdk";
import { version } from "../internal/version.ts";
import { entityKind } from "./entity-kind.ts";

/** Where an oracle's announcements are. */
export type AnnouncementPlace = {
  /** Home Assistant's discovery prefix. */
  readonly prefix: string;
  /** Tells the logs of several oracles at one broker apart, as `31337_1`. */
  readonly log: string;
  /** URL under which people reach the oracle's HTTP. */
  readonly url: string;
};

/** A metric of a device as its leaves have it. */
export type AnnouncedMetric = { readonly metric: string; readonly kind: number };

const root = "fieldseal-home-assistant";

export const statusTopic = ({ log }: AnnouncementPlace): string => `${root}/${log}/status`;

/** Key of a metric in topics and unique ids: its text in hex, since names may hold what topics may not. */
const keyOf = ({ metric, kind }: AnnouncedMetric): string =>
  `m${kind}_${Buffer.from(metric, "latin1").toString("hex")}`;

/** The metric behind a component's key; undefined if it is none. */
export function metricOfKey(key: string): AnnouncedMetric | undefined {
  const [, kind, digits = ""] = /^m([012])_((?:[0-9a-f]{2}){1,31})$/.exec(key) ?? [];
  if (kind === undefined) return undefined;
  return { metric: Buffer.from(digits, "hex").toString("latin1"), kind: Number(kind) };
}

export function stateTopic(
  place: AnnouncementPlace,
  device: DeviceId,
  metric: AnnouncedMetric,
): string {
  return `${root}/${place.log}/${device}/${keyOf(metric)}`;
}

export const sealTopic = ({ log }: AnnouncementPlace, device: DeviceId): string =>
  `${root}/${log}/${device}/seal`;

const objectOf = ({ log }: AnnouncementPlace, device: string): string =>
  `fieldseal_${log}_${device}`;

export const configTopic = (place: AnnouncementPlace, device: DeviceId): string =>
  `${place.prefix}/device/${objectOf(place, device)}/config`;

/** All devices' announcements, ours and others'. */
export const configFilter = ({ prefix }: AnnouncementPlace): string => `${prefix}/device/+/config`;

/** The device of one of our own announcements; undefined for others'. */
export function deviceOfConfig(place: AnnouncementPlace, topic: string): string | undefined {
  const head = `${place.prefix}/device/${objectOf(place, "")}`;
  if (!topic.startsWith(head) || !topic.endsWith("/config")) return undefined;
  const id = topic.slice(head.length, -"/config".length);
  return /^0x[0-9a-f]{40}$/.test(id) ? id : undefined;
}

function component(place: AnnouncementPlace, device: DeviceId, metric: AnnouncedMetric) {
  const kind = entityKind(metric.metric, metric.kind);
  if (kind === undefined) return undefined;
  const topic = stateTopic(place, device, metric);
  const key = keyOf(metric);
  const config = {
    p: kind.platform,
    name: kind.name,
    uniq_id: `${objectOf(place, device)}_${key}`,
    stat_t: topic,
    val_tpl: "{{ value_json.value }}",
    json_attr_t: topic,
    json_attr_tpl: "{{ value_json.attributes | tojson }}",
    ...(kind.platform === "binary_sensor" ? { pl_on: "true", pl_off: "false" } : {}),
    ...(kind.unit === undefined ? {} : { unit_of_meas: kind.unit }),
    ...(kind.deviceClass === undefined ? {} : { dev_cla: kind.deviceClass }),
    ...(kind.stateClass === undefined ? {} : { stat_cla: kind.stateClass }),
  };
  return [key, config] as const;
}

/**
 * A device's announcement for Home Assistant's MQTT discovery
 * (https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload): an entity for each metric, and one that
 * says how far the newest reading is sealed.
 */
export function discoveryPayload(
  place: AnnouncementPlace,
  device: DeviceId,
  metrics: readonly AnnouncedMetric[],
): Record<string, unknown> {
  const object = objectOf(place, device);
  const components = metrics.flatMap((metric) => {
    const entry = component(place, device, metric);
    return entry === undefined ? [] : [entry];
  });
  const topic = sealTopic(place, device);
  const seal = {
    p: "sensor",
    name: "Seal",
    uniq_id: `${object}_seal`,
    stat_t: topic,
    val_tpl: "{{ value_json.seal }}",
    json_attr_t: topic,
    json_attr_tpl: "{{ value_json.attributes | tojson }}",
    dev_cla: "enum",
    ops: ["stored", "sealed"],
    ent_cat: "diagnostic",
  };
  return {
    dev: {
      ids: [object],
      name: `${device.slice(0, 8)}…${device.slice(-4)}`,
      mf: "Fieldseal",
      mdl: "Sealed device",
      sn: device,
      cu: `${place.url}/v1/devices/${device}`,
    },
    o: { name: "Fieldseal", sw: version, url: place.url },
    avty_t: statusTopic(place),
    qos: 1,
    cmps: Object.fromEntries([...components, ["seal", seal]]),
  };
}
