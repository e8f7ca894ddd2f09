/** What a code means to the person who meets it. */
export type ErrorEntry = { readonly cause: string; readonly cure: string };

/** Every code the SDK throws. `docs/errors.md` is generated from this table and the oracle's. */
export const sdkErrors = {
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

  // Commands
  COMMAND_FORMAT: {
    cause: "The bytes are no command of docs/commands.md, or an argument cannot be sent.",
    cure: "Make commands with createCommand; fractions go as text, 1 KiB in all.",
  },
  COMMAND_BUSY: {
    cause: "The device has too many commands waiting.",
    cure: "Send it again when the device has answered the ones before.",
  },
  COMMAND_UNTIMED: {
    cause: "The device has neither a clock nor fresh challenges, so it could not tell a replay.",
    cure: "Configure the command receiver's freshness; check its source of randomness.",
  },
  COMMAND_UNKNOWN: {
    cause: "The device has no command of this name.",
    cure: "Ask its maker which commands it has.",
  },
  COMMAND_SIGNATURE: {
    cause: "The commander has not signed this very command for this device, chain and contract.",
    cure: "Sign with the commander's own account or current key, for the device's deployment.",
  },
  COMMAND_EXPIRED: {
    cause: "The command has expired.",
    cure: "Send a new one; check the clocks of commander and device.",
  },
  COMMAND_EXPIRY: {
    cause: "The command is valid for more than an hour.",
    cure: "Let it expire sooner; check the clocks of commander and device.",
  },
  COMMAND_REPLAYED: {
    cause: "The device has taken this command, or a later one of the commander's, already.",
    cure: "Sign a new one with a larger number.",
  },
  COMMAND_CHALLENGE: {
    cause: "The command does not answer the device's present challenge.",
    cure: "Read the challenge from the device's state topic and sign a new command.",
  },
  COMMAND_PERMISSION: {
    cause: "The grant does not include what the command needs.",
    cure: "Ask the device's owner for the permission, and the oracle for a statement that names it.",
  },
  COMMAND_JOURNAL: {
    cause: "The device cannot note durably that it takes a command, or its notes are damaged.",
    cure: "Free space or mend the disk. After a loss wait an hour: all earlier commands have expired.",
  },
  COMMAND_FAILED: {
    cause: "The device took the command and failed at it.",
    cure: "Look at the device; a new command tries again.",
  },
  STATEMENT_FORMAT: {
    cause: "The bytes are no grant statement.",
    cure: "Take statements from an oracle of the device's home log.",
  },
  STATEMENT_FETCH: {
    cause: "The oracle cannot be reached, or gives no statement.",
    cure: "Check its address, and that the chain grants the commander what he asks for.",
  },
  STATEMENT_MISMATCH: {
    cause: "The statement is about another device, commander or key than the command.",
    cure: "Ask for a statement for this device and commander; again after a rotation of his key.",
  },
  STATEMENT_COMMITTEE: {
    cause: "The statement is of another log, or of another committee than the device knows.",
    cure: "Hand the device over to the present committee with the former one's signatures.",
  },
  STATEMENT_SIGNATURE: {
    cause: "Fewer members of the known committee have signed the statement than must.",
    cure: "Ask the oracle again; check the committee that the device was given.",
  },
  STATEMENT_STALE: {
    cause: "The statement is older than the device allows, or from the future.",
    cure: "Ask for a new one; check the device's clock.",
  },
  STATEMENT_EXPIRED: {
    cause: "The grant has ended.",
    cure: "Ask the device's owner for another one.",
  },
  STATEMENT_CHALLENGE: {
    cause: "The statement was made for another challenge than the device's, or for none.",
    cure: "Ask for a statement with the challenge of the device's state topic.",
  },
  COMMITTEE_CHANGE: {
    cause: "What should be the next committee is not, or no quorum of the present one has signed.",
    cure: "Give the change that the log announced, with its signatures, one epoch after the other.",
  },

  // Device to device
  PEER_CONNECT: {
    cause: "Nobody answers there, in time, with TLS 1.3 as a Fieldseal peer.",
    cure: "Check host and port, and that the other device listens for peers.",
  },
  PEER_CERTIFICATE: {
    cause: "The other side shows no certificate, or none that a Fieldseal device makes.",
    cure: "Connect to devices only; both sides need this SDK or docs/peers.md.",
  },
  PEER_EXPIRED: {
    cause: "The peer's certificate has expired, is not valid yet, or is valid for over an hour.",
    cure: "Set both devices' clocks.",
  },
  PEER_SIGNATURE: {
    cause: "The device key has not signed for the peer's certificate in this deployment.",
    cure: "Check that both devices are set to the same chain and registry; if so, the peer is an impostor.",
  },
  PEER_SELF: {
    cause: "The other side shows this device's own identity.",
    cure: "Check the address; if it is right, look for a clone of this device.",
  },
  PEER_DEVICE: {
    cause: "Another device than the one asked for has answered.",
    cure: "Check address and device id.",
  },
  PEER_KEY: {
    cause:
      "The peer's key is not its device's current one: it was rotated out, or a clone uses it.",
    cure: "Let the peer go on with its current key and index once the rotation is final.",
  },
  PEER_DIRECTORY: {
    cause: "What is known of the peer is too old, and the chain cannot be asked.",
    cure: "Check the node's address, the registry, and that the node serves this deployment's chain.",
  },
  PEER_REFUSED: {
    cause: "The peer has closed the connection without accepting this device.",
    cure: "Check that this device is enrolled and active, its key current and its clock right.",
  },
  PEER_BUSY: {
    cause: "The listener, or this device at it, has as many connections as it may.",
    cure: "Close connections that are not needed, or raise the listener's limits.",
  },
} as const satisfies Record<string, ErrorEntry>;

export type SdkErrorCode = keyof typeof sdkErrors;
