import type { ErrorEntry } from "./error-entry.ts";

/** What is wrong with a message, from its bytes to what the chain says of it. */
export const messageErrors = {
  // Values and keys
  BYTES_FORMAT: {
    cause:
      "A text is not 0x-prefixed hex of the expected length, or a number does not fit its field.",
    cure: "Write bytes as 0x and two hex digits each, integers within the documented range.",
  },
  DEVICE_ID: {
    cause: "A text is not a device id.",
    cure: "Write the id as 0x and 40 hex digits.",
  },
  KEY_FORMAT: {
    cause: "A key has an unknown type, the wrong length, or is no point of its curve.",
    cure: "Use key type 1 (secp256k1) or 2 (P-256), 32-byte secrets and 64-byte points x ‖ y.",
  },
  KEY_HASH: {
    cause: "A P-256 key was asked to sign a keccak digest.",
    cure: "P-256 keys sign SHA-256 only; for typed data use signTyped, which picks the hash.",
  },
  TREE_EMPTY: {
    cause: "A tree was asked for over no leaves.",
    cure: "Give at least one leaf.",
  },
  TREE_INDEX: {
    cause: "A position lies outside the tree.",
    cure: "Ask for an index from 0 to size − 1.",
  },

  // Refusals of a message's envelope
  MESSAGE_TOO_LARGE: {
    cause: "The message is over 8 KiB.",
    cure: "Split the pack into several messages.",
  },
  MESSAGE_ENCODING: {
    cause: "The message begins neither with d2 (COSE_Sign1) nor with an opening brace (JSON).",
    cure: "Send one tagged COSE_Sign1 or one JSON object, nothing before it.",
  },
  MESSAGE_TEMPLATE: {
    cause: "The COSE_Sign1 is not byte for byte the template of docs/protocol.md.",
    cure: "Write the protected header, unprotected map, payload and signature exactly as documented.",
  },
  MESSAGE_FIELD: {
    cause: "A JSON message misses a member, has one too many, or one of them is malformed.",
    cure: "Send device, keyIndex, sequence, root, signature and body as docs/protocol.md writes them.",
  },
  TRAILING_BYTES: {
    cause: "Something follows the end of the message or of its body.",
    cure: "Send exactly one message in one publication.",
  },
  JSON_SYNTAX: {
    cause: "The text is not JSON (RFC 8259) in UTF-8.",
    cure: "Check the text with a JSON parser.",
  },

  // Refusals of a message's body
  BODY_NESTING: {
    cause: "The body nests arrays and maps more than 4 deep.",
    cure: "Send [salt, pack] with flat SenML records.",
  },
  BODY_INDEFINITE: {
    cause: "The body has an array, map or string of indefinite length.",
    cure: "Write definite lengths.",
  },
  BODY_DUPLICATE_KEY: {
    cause: "A map or object has the same key twice.",
    cure: "Write each key once.",
  },
  BODY_NON_MINIMAL: {
    cause: "An integer, a length or a bignum is not in its shortest form.",
    cure: "Write CBOR in its preferred serialization (RFC 8949 section 4.1).",
  },
  BODY_FLOAT: {
    cause: "The body has a binary floating-point number.",
    cure: "Send integers, decimal fractions (tag 4), or let the SDK's packOf convert.",
  },
  BODY_MALFORMED: {
    cause: "The body is cut short, is not UTF-8 where it says text, or uses what CBOR reserves.",
    cure: "Check that the whole body is sent and that it is well-formed CBOR.",
  },
  BODY_TAG: {
    cause:
      "The body has a CBOR tag other than 2, 3 (bignum) and 4 (decimal fraction), or a tag in the wrong place.",
    cure: "Leave tags out, save for bignums and decimal fractions.",
  },
  BODY_STRUCTURE: {
    cause: "The body is not [salt, pack], or in JSON {salt, senml}.",
    cure: "Send 16 random bytes of salt and an array of SenML records.",
  },
  BODY_ENCRYPTED: {
    cause: "A body that is encrypted was asked for its readings, or does not open with the key.",
    cure: "Decrypt it first with the key that its device used.",
  },
  BODY_ROOT_MISMATCH: {
    cause: "The body's readings do not give the root that the device signed.",
    cure: "Compute the root over the very body that is sent; check salt, order and decimals.",
  },

  // Refusals of SenML records
  SENML_EMPTY: { cause: "The pack has no record.", cure: "Send at least one reading." },
  SENML_TOO_MANY_RECORDS: {
    cause: "The pack has more than 64 records.",
    cure: "Split it into several messages.",
  },
  SENML_FIELD: {
    cause: "A SenML field has the wrong type, or a text label where CBOR wants a number.",
    cure: "Write fields as RFC 8428 tables 1 to 4 say; JSON data values are base64url without padding.",
  },
  SENML_UNKNOWN_FIELD: {
    cause:
      "A field whose name ends in an underscore must be understood (RFC 8428 section 4.4) and is not.",
    cure: "Leave the field out.",
  },
  SENML_VERSION: {
    cause: "The pack is of a SenML version above 10.",
    cure: "Send version 10, or no bver.",
  },
  SENML_NAME: {
    cause:
      "A resolved name is empty, begins wrongly, or has a character outside RFC 8428 section 4.5.1, or a slash.",
    cure: "Use A-Z a-z 0-9 - : . _ and begin with a letter or digit.",
  },
  SENML_UNIT: {
    cause: "A unit has a character outside printable ASCII.",
    cure: "Use the units of RFC 8428 section 12.1.",
  },
  METRIC_TOO_LONG: {
    cause: "Name, slash and unit together pass 31 bytes.",
    cure: "Shorten the name.",
  },
  SENML_NO_VALUE: {
    cause: "A record has no value.",
    cure: "Give each record one of v, vs, vb, vd.",
  },
  SENML_SUM: {
    cause: "A record has a sum or a base sum.",
    cure: "Send the counter as a value of its own.",
  },
  SENML_TWO_VALUES: {
    cause: "A record has more than one value.",
    cure: "Send one record per value.",
  },
  SENML_TIME: {
    cause: "A resolved time does not fit 64 bits of milliseconds.",
    cure: "Send seconds since 1970.",
  },
  VALUE_RANGE: {
    cause: "A number times 10^18 does not fit a signed 256-bit integer.",
    cure: "Send the number in a larger unit.",
  },
  VALUE_PRECISION: {
    cause: "A number has more than 18 decimal places.",
    cure: "Round it to 18 places.",
  },
  VALUE_FORMAT: {
    cause: "A text is not a decimal number, or a number is not finite.",
    cure: "Write decimals as JSON does.",
  },

  // Judged against chain and clock by the oracle
  TIME_AHEAD: {
    cause: "A reading's time lies ahead of the clock by more than the skew policy allows.",
    cure: "Set the device's clock, or send no time.",
  },
  TOPIC_MISMATCH: {
    cause: "The device that signed is not the device of the topic or login.",
    cure: "Publish under the device's own topic.",
  },
  DEVICE_UNKNOWN: { cause: "The device is not enrolled.", cure: "Enrol it and wait for finality." },
  DEVICE_SUSPENDED: {
    cause: "The device's owner has suspended it.",
    cure: "The owner resumes it; the device keeps its messages meanwhile.",
  },
  DEVICE_RETIRED: { cause: "The device is retired.", cure: "None: retirement is final." },
  DEVICE_ELSEWHERE: {
    cause: "The device's home is another log.",
    cure: "Send to the oracle of its home log, or let its owner change the home.",
  },
  KEY_UNKNOWN: {
    cause: "The device has no key with this index, or of this type.",
    cure: "Use the index that the registry counts for the current key.",
  },
  KEY_EXPIRED: {
    cause: "The key was rotated out and its grace period is over.",
    cure: "Sign with the current key.",
  },
  KEY_COMPROMISED: {
    cause: "The key was rotated out as compromised.",
    cure: "Sign with the current key.",
  },
  SIGNATURE_INVALID: {
    cause: "The signature is not the device key's over these facts on this chain and registry.",
    cure: "Check domain, key, hash (SHA-256) and that r and s are 32 bytes each.",
  },
  MESSAGE_CONFLICT: {
    cause:
      "Another message with the same device, key index and sequence but another root came first.",
    cure: "Never reuse a sequence; look for a cloned device.",
  },
  RATE_LIMITED: {
    cause: "The client sends faster than its limit.",
    cure: "Slow down and resend what has no receipt.",
  },
} as const satisfies Record<string, ErrorEntry>;
