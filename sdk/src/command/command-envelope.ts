import { concatBytes } from "../bytes/arrays.ts";
import { fromHex } from "../bytes/hex.ts";
import { toBigInt, word } from "../bytes/integers.ts";
import { sdkError } from "../errors/sdk-error.ts";
import type { PublicKey } from "../types.ts";
import { cborFields, encodeCborMap } from "./cbor-fields.ts";
import type { SignedStatement } from "./grant-statement.ts";
import {
  readSignedStatement,
  signedStatementKeys,
  signedStatementMembers,
} from "./statement-codec.ts";

/** Most bytes on a device's command topic. */
export const maxEnvelopeLength = 4096;

/** A signed command as it travels. */
export type CommandEnvelope = {
  /** What encodeCommandContent writes. */
  readonly command: Uint8Array;
  /** An account, or a device's id. */
  readonly commander: `0x${string}`;
  /** With a clock the commander's own number, larger than any before; without one the device's challenge. */
  readonly nonce: bigint;
  /** Seconds since 1970. */
  readonly expiry: bigint;
  /** EIP-712 `Command`: 65 bytes of an account, 64 of a device. */
  readonly signature: Uint8Array;
  /** The commanding device's current key; an account has none. */
  readonly key?: PublicKey;
  /** What entitles the commander. */
  readonly statement: SignedStatement;
};

const keys = {
  required: ["command", "commander", "nonce", "expiry", "signature", ...signedStatementKeys],
  optional: ["key"],
};

/** The envelope in CBOR: a map with text keys; nonce as 32 bytes, key as type ‖ x ‖ y. */
export function encodeCommandEnvelope(envelope: CommandEnvelope): Uint8Array {
  const { command, commander, nonce, expiry, signature, key, statement } = envelope;
  return encodeCborMap({
    command,
    commander: fromHex(commander, 20),
    nonce: word(nonce),
    expiry,
    signature,
    key: key === undefined ? undefined : concatBytes(Uint8Array.of(key.keyType), key.point),
    ...signedStatementMembers(statement),
  });
}

/** Reads what {@link encodeCommandEnvelope} writes, strictly; who signed it is judged by the receiver. @throws COMMAND_FORMAT */
export function decodeCommandEnvelope(bytes: Uint8Array): CommandEnvelope {
  const maxLength = maxEnvelopeLength;
  const fields = cborFields(bytes, { maxLength, maxDepth: 2, keys, fail: malformed });
  const hasKey = fields.has("key");
  return {
    command: fields.bytes("command"),
    commander: fields.address("commander"),
    nonce: toBigInt(fields.bytes("nonce", 32)),
    expiry: fields.integer("expiry"),
    signature: fields.bytes("signature", hasKey ? 64 : 65),
    ...(hasKey ? { key: readKey(fields.bytes("key", 65)) } : {}),
    statement: readSignedStatement(fields),
  };
}

function readKey(bytes: Uint8Array): PublicKey {
  const keyType = bytes[0];
  if (keyType !== 1 && keyType !== 2) throw malformed("key");
  return { keyType, point: bytes.slice(1) };
}

function malformed(name: string, cause?: unknown): Error {
  const message = `The command's ${name} is missing or malformed.`;
  return sdkError("COMMAND_FORMAT", message, { name }, cause);
}
