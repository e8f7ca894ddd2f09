import { parseDocument } from "yaml";
import { z } from "zod";
import { checkGatewaySettings } from "./check-gateway-settings.ts";
import { chirpstackFormat } from "./formats/chirpstack.ts";
import { homeAssistantFormat } from "./formats/home-assistant.ts";
import { type MappedReading, type MappingRule, mappingFormat } from "./formats/mapping.ts";
import { tasmotaFormat } from "./formats/tasmota.ts";
import { zigbee2mqttFormat } from "./formats/zigbee2mqtt.ts";
import { gatewayConfigError } from "./gateway-config-error.ts";
import { parseJsonPath } from "./json-path.ts";
import { aliasPattern } from "./origin-name.ts";
import { isFilter, wildcardsOf } from "./topic-filter.ts";
import type { SourceFormat } from "./types.ts";
import { senmlUnit } from "./units.ts";

const decimal = /^-?\d{1,30}(\.\d{1,18})?([eE][+-]?\d{1,2})?$/;
const whole = (min: number, max: number) => z.number().int().min(min).max(max);
const filter = z.string().refine(isFilter, "no topic filter");
const level = z.string().regex(/^[^#+\0]{1,200}$/, "no topic");
const jsonPath = z
  .string()
  .refine((text) => parseJsonPath(text) !== undefined, "no path as a.b['c'][0]");
const unit = z.string().refine((text) => senmlUnit(text, "") !== undefined, "no unit");
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9\-:._]{0,63}$/, "no name");
const zone = z.string().refine((text) => {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: text }).format(0) !== "";
  } catch {
    return false;
  }
}, "no IANA time zone");

const fields = {
  names: z.record(z.string(), name).default({}).describe("Other names for values."),
  units: z
    .record(z.string(), unit)
    .default({})
    .describe("Units of values whose source does not tell them."),
  skip: z
    .array(z.string())
    .default([])
    .describe("Values that are not relayed; `*` at the end takes all that begin so."),
};

const mapped = z.strictObject({
  name: name.describe("The reading's name."),
  unit: unit.optional().describe("Its unit, as `°C` or a SenML name."),
  path: jsonPath
    .default("")
    .describe("Where it is in the JSON, as `a.b['c'][0]`; nothing for the whole payload."),
  type: z.enum(["number", "boolean", "text"]).default("number").describe("What it is."),
  scale: z
    .union([z.string(), z.number()])
    .transform(String)
    .refine((text) => decimal.test(text), "no decimal number")
    .default("1")
    .describe("Factor by which a number is multiplied, exactly."),
  on: z.string().optional().describe("The text that means true; any other is false."),
});

const rule = z.strictObject({
  topic: filter.describe("Topic filter."),
  origin: z
    .string()
    .min(1)
    .max(120)
    .default("{1}")
    .describe("Name of the origin; `{1}` is what the topic has at its first wildcard."),
  payload: z.enum(["json", "text"]).default("json").describe("What messages are."),
  time: jsonPath
    .optional()
    .describe("Where the time of measurement is: RFC 3339, seconds or milliseconds."),
  id: jsonPath
    .optional()
    .describe("Where the message's own name is, by which repetitions are known."),
  readings: z.array(mapped).min(1).max(50).describe("What is read from it."),
});

/** Every setting of a gateway. Descriptions are what `docs/gateway.md` says of them. */
export const gatewaySchema = z.strictObject({
  source: z.strictObject({
    url: z
      .string()
      .refine((text) => URL.canParse(text) && /^(mqtts?|wss?):/.test(text), "no MQTT URL")
      .describe("The source's broker."),
    user: z.string().optional().describe("User name at it."),
    passwordVariable: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]*$/, "no variable's name")
      .optional()
      .describe("Variable of the environment that holds the password."),
    clientId: z
      .string()
      .regex(/^[\w-]{1,60}$/, "no client id")
      .default("fieldseal-gateway")
      .describe("Client id: the broker keeps the gateway's messages under it while it is away."),
    ca: z
      .string()
      .optional()
      .describe("File of the certificate authority that the broker's certificate must be of."),
  }),
  folder: z
    .string()
    .min(1)
    .default("./gateway")
    .describe("Folder of the outbox and of raw messages."),
  formats: z.strictObject({
    tasmota: z
      .strictObject({
        topics: z
          .array(filter)
          .min(1)
          .default(["tele/+/+"])
          .describe("Topics with a `+` for the device and then one for SENSOR, STATE or LWT."),
        ...fields,
      })
      .optional(),
    zigbee2mqtt: z
      .strictObject({
        base: level.default("zigbee2mqtt").describe("Zigbee2MQTT's base topic."),
        ...fields,
      })
      .optional(),
    chirpstack: z
      .strictObject({
        topic: filter
          .default("application/+/device/+/event/up")
          .describe("Uplink events, with a `+` for the device last."),
        ...fields,
      })
      .optional(),
    homeassistant: z
      .strictObject({
        prefix: level.default("homeassistant").describe("Discovery prefix."),
        ...fields,
      })
      .optional(),
    mapping: z.array(rule).min(1).max(500).optional(),
  }),
  aliases: z
    .record(
      z.string().regex(/^[a-z0-9]+\/./, "no origin as tasmota/attic"),
      z.string().regex(aliasPattern, "no alias"),
    )
    .default({})
    .describe("Aliases of origins, as `tasmota/attic: attic`."),
  time: z
    .strictObject({
      zone: zone.optional().describe("Zone of sources that write local time without one."),
      aheadSeconds: whole(0, 600).default(60).describe("How far a source's clock may be ahead."),
      behindSeconds: whole(60, 31_536_000).default(604_800).describe("How old a reading may be."),
    })
    .prefault({}),
  limits: z
    .strictObject({
      payloadBytes: whole(64, 1_000_000)
        .default(262_144)
        .describe("Largest message of the source."),
      originRate: whole(1, 1000)
        .default(5)
        .describe("Messages a second of one origin, in the mean."),
      originBurst: whole(1, 100_000).default(100).describe("Messages of one origin at once."),
      origins: whole(1, 10_000)
        .default(500)
        .describe("Origins without an alias of their own in `aliases`."),
      outboxMessages: whole(10, 1_000_000)
        .default(100_000)
        .describe("Signed messages that wait for the oracle."),
      outboxBytes: whole(65_536, 2_000_000_000).default(134_217_728).describe("Bytes of them."),
      whenFull: z
        .enum(["hold", "drop-newest", "drop-oldest"])
        .default("hold")
        .describe(
          "What gives way when they are too many: `hold` leaves messages with the source's broker.",
        ),
    })
    .prefault({}),
  raw: z
    .strictObject({
      days: whole(1, 3650).default(365).describe("How long raw messages are kept."),
      megabytes: whole(1, 1_000_000)
        .default(1024)
        .describe("How much of them; then the oldest go."),
    })
    .prefault({}),
  http: z
    .strictObject({
      host: z
        .string()
        .default("127.0.0.1")
        .describe("Address of `/metrics`, `/livez` and `/readyz`."),
      port: whole(0, 65_535).default(8421).describe("Its port; 0 takes a free one."),
    })
    .prefault({}),
  logLevel: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .describe("How much is logged, to standard error."),
  logFormat: z
    .enum(["auto", "json", "text"])
    .default("auto")
    .describe("JSON lines, lines for people, or what suits where standard error goes."),
});

export type GatewaySettings = z.infer<typeof gatewaySchema>;

function explain({ issues }: z.ZodError): string {
  const [first] = issues;
  if (first === undefined) return "is not as docs/gateway.md says";
  const where = first.path.map(String).join(".");
  if (first.code === "unrecognized_keys") {
    const keys = first.keys.map((key) => (where === "" ? key : `${where}.${key}`)).join(", ");
    return `${keys}: no such setting`;
  }
  return `${where || "the file"}: ${first.message}`;
}

/**
 * A gateway's settings from its YAML file.
 * @throws GATEWAY_CONFIG naming the line or the key
 */
export function readGatewaySettings(text: string): GatewaySettings {
  const document = parseDocument(text, { uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) throw gatewayConfigError(error.message.split("\n")[0] ?? "no YAML");
  const content: unknown = document.toJS({ maxAliasCount: 10 });
  const result = gatewaySchema.safeParse(content);
  if (!result.success) throw gatewayConfigError(`${explain(result.error)}.`);
  checkGatewaySettings(result.data);
  return result.data;
}

function ruleOf(one: z.infer<typeof rule>): MappingRule {
  const path = (text: string | undefined) => (text === undefined ? undefined : parseJsonPath(text));
  const readings = one.readings.map(
    ({ name, unit, path: at, type, scale, on }): MappedReading => ({
      name,
      unit,
      path: parseJsonPath(at) ?? [],
      type,
      scale,
      on,
    }),
  );
  const { topic, origin, payload } = one;
  return { topic, origin, payload, time: path(one.time), id: path(one.id), readings };
}

/** The formats of the settings, in the order in which they are asked about a topic: the operator's own rules first. */
export function formatsOf({ formats }: GatewaySettings): SourceFormat[] {
  const list: SourceFormat[] = [];
  if (formats.mapping !== undefined) list.push(mappingFormat(formats.mapping.map(ruleOf)));
  if (formats.tasmota !== undefined) list.push(tasmotaFormat(formats.tasmota));
  if (formats.chirpstack !== undefined) list.push(chirpstackFormat(formats.chirpstack));
  if (formats.zigbee2mqtt !== undefined) list.push(zigbee2mqttFormat(formats.zigbee2mqtt));
  if (formats.homeassistant !== undefined) {
    const others = [...list];
    const isTaken = (topic: string) =>
      others.some((one) => one.filters.some((filter) => wildcardsOf(filter, topic)));
    list.push(homeAssistantFormat({ ...formats.homeassistant, isTaken }));
  }
  return list;
}
