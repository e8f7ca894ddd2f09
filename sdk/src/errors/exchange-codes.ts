import type { ErrorEntry } from "./error-entry.ts";

/** Receipts, logins, grants, proofs, audits, and a device's own outbox and broker. */
export const exchangeErrors = {
  // Receipts
  RECEIPT_FORMAT: {
    cause: "The bytes are no receipt.",
    cure: "Read receipts from the device's receipt topic only.",
  },
  RECEIPT_MESSAGE: {
    cause: "The receipt does not lead from this message to the root it signs.",
    cure: "Keep the message; ask for a new receipt.",
  },
  RECEIPT_SIGNATURE: {
    cause: "The receipt is not signed by the operator it names, or that one is none of the log's.",
    cure: "Keep the message; check the committee the device was given.",
  },

  // Logins
  LOGIN_FORMAT: {
    cause: "The password is no fieldseal-login+jwt.",
    cure: "Make it with createLoginToken or `fieldseal device token`.",
  },
  LOGIN_ALGORITHM: {
    cause: "The token's algorithm does not fit the device's key.",
    cure: "ES256K for key type 1, ES256 for key type 2.",
  },
  LOGIN_AUDIENCE: {
    cause: "The token was made for another deployment or broker.",
    cure: "Make it for this domain and broker authority.",
  },
  LOGIN_EXPIRED: { cause: "The token has expired.", cure: "Make a new one." },
  LOGIN_EARLY: {
    cause: "The token was issued in the future.",
    cure: "Set the device's clock.",
  },
  LOGIN_LIFETIME: {
    cause: "The token lives longer than an hour.",
    cure: "Ask for at most 3600 seconds.",
  },
  LOGIN_SIGNATURE: {
    cause: "The token is not signed by the device's current key.",
    cure: "Sign with the current key.",
  },

  // Grants
  PERMISSIONS_FORMAT: {
    cause: "A text names no permissions, or a number has bits that mean nothing.",
    cure: "Write read, command, configure, maintain, delegate, emergency or bit8 to bit39, with commas between.",
  },

  // Proofs
  PROOF_FORMAT: {
    cause: "The file is not a fieldseal-proof/1.",
    cure: "Fetch the proof again; do not edit it.",
  },
  PROOF_READING: {
    cause: "The reading is not under the message's root: its fields or its path were altered.",
    cure: "Fetch the proof again from a source you trust more.",
  },
  PROOF_MESSAGE: {
    cause: "The message is not under the checkpoint's root: its identity or its path were altered.",
    cure: "Fetch the proof again from a source you trust more.",
  },
  PROOF_CHECKPOINT: {
    cause: "The checkpoint is not the one that is sealed on chain.",
    cure: "Check log, chain and checkpoint index; if they are right, the proof is forged.",
  },
  PROOF_SIGNATURE: {
    cause: "The device's signature does not cover the message's root.",
    cure: "Check the domain; if it is right, the proof is forged.",
  },
  PROOF_KEY: {
    cause: "The key is not the one the registry holds for this device and key index.",
    cure: "Check registry and chain; if they are right, the proof is forged.",
  },
  PROOF_CHAIN: {
    cause:
      "The node did not answer, serves another chain than the proof's, or has no such contract or log there.",
    cure: "Check the RPC address, that it serves the proof's chain, and the log's address and id.",
  },

  // Audit bundles
  AUDIT_FORMAT: {
    cause: "The file is not a fieldseal-audit/1.",
    cure: "Export the bundle again.",
  },
  AUDIT_MESSAGE_ALTERED: {
    cause: "A message's bytes are not what its device signed and the log sealed.",
    cure: "Take the message from another copy; this one was tampered with or damaged.",
  },
  AUDIT_MESSAGE_MISSING: {
    cause:
      "A message that the checkpoint has, or that the sequence asks for, is not in the bundle.",
    cure: "Ask the exporter for the whole range; a gap within one boot may also be a lost message.",
  },
  AUDIT_SEQUENCE_GAP: {
    cause: "The device gave a number to a message that no checkpoint of the bundle holds.",
    cure: "Export a wider range; if the gap stays, ask the device's owner what was lost or refused.",
  },
  AUDIT_MESSAGE_SWAPPED: {
    cause: "A message stands at the place of another one.",
    cure: "Export the bundle again.",
  },
  AUDIT_RECORD_ALTERED: {
    cause: "A record of a message, or its leaf, is not the one under the message's root.",
    cure: "Take the message from another copy.",
  },
  AUDIT_RECORD_MISSING: {
    cause: "A record was dropped from a message, or added to it.",
    cure: "Take the message from another copy.",
  },
  AUDIT_RECORD_SWAPPED: {
    cause: "Records of a message stand in another order than under its root.",
    cure: "Take the message from another copy.",
  },
  AUDIT_LEAF_ALTERED: {
    cause: "A checkpoint leaf in the bundle is not the one of its message.",
    cure: "Export the bundle again.",
  },
  AUDIT_PROOF_ALTERED: {
    cause: "A path or position does not lead from a leaf to its checkpoint's root.",
    cure: "Export the bundle again.",
  },
  AUDIT_CHECKPOINT_ALTERED: {
    cause: "A checkpoint in the bundle is not the one that the chain has.",
    cure: "Check chain, log and index; if they are right, the bundle was tampered with.",
  },
  AUDIT_CHECKPOINT_MISSING: {
    cause: "The bundle leaves a checkpoint of its range out, or has it twice or out of order.",
    cure: "Export the whole range.",
  },
  AUDIT_KEY_ALTERED: {
    cause: "A key in the bundle is not the one that the registry holds.",
    cure: "Check registry and key index; if they are right, the bundle was tampered with.",
  },

  // A device's outbox and its broker
  OUTBOX_FULL: {
    cause: "The outbox holds as many messages or bytes as it may.",
    cure: "Let the device reach its broker, or raise the outbox's limits; nothing was written.",
  },
  OUTBOX_FAILED: {
    cause: "The outbox cannot be written: disk full, file removed, or used before nextBoot.",
    cure: "Free space or mend the disk, then start the device again.",
  },
  OUTBOX_LOCKED: {
    cause: "Another process, or another outbox of this one, works on the folder.",
    cure: "Stop it, or give each device a folder of its own.",
  },
  OUTBOX_EXHAUSTED: {
    cause: "The boot counter has reached 2^32 − 1.",
    cure: "Rotate the device's key and begin with an empty outbox.",
  },
  MQTT_CONNECT: {
    cause: "The broker cannot be reached, or broke the connection.",
    cure: "Check address, port and TLS; the device client tries again by itself.",
  },
  MQTT_LOGIN: {
    cause: "The broker refused the login.",
    cure: "A device: check that it is enrolled and active, its key current and its clock right. An oracle: check user and password in the broker's URL.",
  },
  MARKET_KIND: {
    cause: "The name of a kind of service cannot be part of a topic.",
    cure: "Use 1 to 32 of a–z, 0–9 and `-`, not beginning with `-`.",
  },
  MQTT_SUBSCRIBE: {
    cause: "The broker did not grant the subscription.",
    cure: "Let the broker's rules allow the device its own topics.",
  },
} as const satisfies Record<string, ErrorEntry>;
