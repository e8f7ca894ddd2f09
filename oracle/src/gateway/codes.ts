import type { ErrorEntry } from "@fieldseal/sdk";

/** Why a gateway does not relay a message, or a part of it. */
export const relayErrors = {
  RELAY_RETAINED: {
    cause: "A source's message was kept by its broker: it is no new reading.",
    cure: "Nothing, if it comes when the gateway connects; else publish readings without the retain flag.",
  },
  RELAY_DUPLICATE: {
    cause: "A source's message was relayed before: the same name or the same time and content.",
    cure: "Nothing: it is relayed once.",
  },
  RELAY_TOO_LARGE: {
    cause: "A source's message is larger than the gateway takes.",
    cure: "Raise limits.payloadBytes if the source means it.",
  },
  RELAY_ENCODING: {
    cause: "A source's message is not UTF-8.",
    cure: "Look at it with `fieldseal gateway --dry-run`.",
  },
  RELAY_JSON: {
    cause:
      "A source's message is not strict JSON: its syntax, a key twice, nested too deep, or NaN.",
    cure: "Look at it with `fieldseal gateway --dry-run`; correct the source.",
  },
  RELAY_SHAPE: {
    cause: "A source's message, or a part of it, has not the shape of its format.",
    cure: "Compare with docs/gateway.md; take the mapping format for what no other format covers.",
  },
  RELAY_EMPTY: {
    cause: "A source's message holds no reading.",
    cure: "Nothing, or add what should be read to the mapping.",
  },
  RELAY_VALUE: {
    cause: "A value has more digits than fit, or is a text of more than 1,024 bytes.",
    cure: "Scale it in a mapping, or leave it out.",
  },
  RELAY_UNIT: {
    cause: "A value's unit has no SenML name.",
    cure: "Say what it is under `units` of the format.",
  },
  RELAY_NAME: {
    cause: "Two values of one message would have the same metric.",
    cure: "Give one of them another name under `names` of the format.",
  },
  RELAY_TEMPLATE: {
    cause: "A Home Assistant entity is read by a template that the gateway does not evaluate.",
    cure: "Map its topic by hand in the mapping format.",
  },
  RELAY_RATE: {
    cause: "An origin sends more than its share.",
    cure: "Raise limits.originRate, or find out why it sends so much.",
  },
  RELAY_ORIGINS: {
    cause: "More origins speak than the gateway takes.",
    cure: "Raise limits.origins if they are all yours.",
  },
  RELAY_ALIAS: {
    cause: "Two origins have the same alias.",
    cure: "Give one of them another under `aliases`.",
  },
  RELAY_UNKNOWN: {
    cause: "A message is of a device that the source has not introduced, as a group.",
    cure: "Nothing for groups; else check that the source publishes its list of devices.",
  },
  RELAY_TOPIC: {
    cause: "A topic is none of the gateway's formats.",
    cure: "Nothing, or narrow the subscription.",
  },
  RELAY_OUTBOX_FULL: {
    cause: "The oracle has been away for so long that the gateway's outbox is full.",
    cure: "Bring the oracle back; raise limits.outboxMessages; limits.whenFull says what gives way.",
  },
} as const satisfies Record<string, ErrorEntry>;

export type RelayCode = keyof typeof relayErrors;

/** Codes of the gateway as a program. */
export const gatewayErrors = {
  GATEWAY_CONFIG: {
    cause: "The gateway's file cannot be used.",
    cure: "Correct the line or key that the message names; docs/gateway.md lists all.",
  },
  RAW_UNKNOWN: {
    cause: "The gateway has no raw message of this digest: it is another gateway's, or too old.",
    cure: "Ask the gateway that signed the reading; raw.days says how long messages are kept.",
  },
  RAW_FAILED: {
    cause: "The gateway's folder cannot be written.",
    cure: "Look for free space and disk errors. Nothing is acknowledged to the source meanwhile.",
  },
} as const satisfies Record<string, ErrorEntry>;
