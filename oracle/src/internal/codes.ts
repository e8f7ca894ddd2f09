import type { ErrorEntry } from "@fieldseal/sdk";

/** Every code the service and the CLI throw beside the SDK's. `docs/errors.md` is generated from both tables. */
export const oracleErrors = {
  INTERNAL: {
    cause: "A defect in the service.",
    cure: "Report it with the log line that carries the same code.",
  },
  SETTING_UNKNOWN: {
    cause: "A setting is named that does not exist.",
    cure: "Compare the name with docs/settings.md.",
  },
  SETTING_INVALID: {
    cause: "A setting's value cannot be used.",
    cure: "Give a value of the type and range named in docs/settings.md.",
  },
  DATA_IN_USE: {
    cause: "Another process has the data folder open.",
    cure: "Stop it, or give this one a folder of its own.",
  },
  DATA_SCHEMA: {
    cause: "The data folder was written by a newer release, or a migration failed.",
    cure: "Run the release that wrote it, or a newer one; the cause is in the log.",
  },
  DATA_CHAIN_MISMATCH: {
    cause: "The data folder belongs to another chain, registry or log.",
    cure: "Use the folder that belongs to this log, or a new one; compare the values that the message names.",
  },
  BUSY: {
    cause: "More messages wait than the service takes at once.",
    cure: "Send the same message again later.",
  },
  RATE_LIMITED: {
    cause: "This client sends more than its share.",
    cure: "Slow down and send the same message again; see clientMessagesPerSecond and clientBurst.",
  },
  STOPPING: {
    cause: "The service is shutting down.",
    cure: "Send the same message again after the restart.",
  },
  RETAINED: {
    cause: "The broker delivered a retained message, which is not a new reading.",
    cure: "Publish readings without the retain flag.",
  },
  TOPIC_MISMATCH: {
    cause: "The message was published under the topic of another device.",
    cure: "Publish under the topic of the device that signs.",
  },
  DEVICE_UNKNOWN: {
    cause: "No such device was enrolled as of the block at which messages are judged.",
    cure: "Enrol the device and wait for the block to be final.",
  },
  DEVICE_SUSPENDED: {
    cause: "The owner suspended the device.",
    cure: "The owner resumes it.",
  },
  DEVICE_RETIRED: {
    cause: "The device is retired for good.",
    cure: "Enrol a device with a new key.",
  },
  DEVICE_HOME: {
    cause: "The device's home is another log.",
    cure: "Send to the oracle of its home log, or let the owner set this log as home.",
  },
  KEY_UNKNOWN: {
    cause: "The device has no key with this index.",
    cure: "Sign with the current key and its index.",
  },
  KEY_EXPIRED: {
    cause: "The key was rotated and the log's grace period is over.",
    cure: "Sign the readings again with the current key.",
  },
  KEY_COMPROMISED: {
    cause: "The key was rotated because it had leaked.",
    cure: "Sign with the current key.",
  },
  KEY_TYPE: {
    cause: "The message names another key type than the key has.",
    cure: "Name the algorithm of the key: ES256 for P-256, ES256K for secp256k1.",
  },
  SIGNATURE_INVALID: {
    cause: "The signature is not the key's over this message.",
    cure: "Check the key, the domain (chain id and registry) and that the root is the body's.",
  },
  TIME_AHEAD: {
    cause: "A reading's time is further ahead of the clock than skewSeconds allows.",
    cure: "Set the device's clock, or send without times.",
  },
  IDENTITY_CONFLICT: {
    cause: "Another content was stored under the same device, key index and sequence.",
    cure: "Never use a sequence twice; a second device may hold a copy of the key.",
  },
  CHECKPOINT_FOREIGN: {
    cause: "The chain holds another checkpoint under an index than the one that was built here.",
    cure: "Restore the newest copy of the data folder; never run two oracles with one operator key.",
  },
  CHECKPOINT_REFUSED: {
    cause: "The log refused the checkpoint.",
    cure: "The reason names the contract's error; check that the operator is in the committee.",
  },
} as const satisfies Record<string, ErrorEntry>;

export type OracleErrorCode = keyof typeof oracleErrors;
