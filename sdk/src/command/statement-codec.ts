import { fromHex } from "../bytes/hex.ts";
import { bigIntBytes, toBigInt } from "../bytes/integers.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { type CborFields, type CborKeys, cborFields, encodeCborMap } from "./cbor-fields.ts";
import { maxOperators } from "./committee-trust.ts";
import type { GrantStatement, SignedStatement } from "./grant-statement.ts";

const maxLength = 4096;
const maxPermissions = (1n << 40n) - 1n;
const challengeLength = 16;

const statementKeys: CborKeys = {
  required: [
    "logId",
    "epoch",
    "device",
    "grantor",
    "commander",
    "signer",
    "permissions",
    "until",
    "block",
    "blockTime",
  ],
  optional: ["challenge"],
};
/** The members that a signed statement has, in whatever map it stands. */
export const signedStatementKeys = ["statement", "statementSignatures"] as const;

/** A signed statement in CBOR: a map of `statement`, itself a map, and `statementSignatures`. */
export function encodeSignedStatement(signed: SignedStatement): Uint8Array {
  return encodeCborMap(signedStatementMembers(signed));
}

/** Reads what {@link encodeSignedStatement} writes, strictly; verifyStatement judges it. @throws STATEMENT_FORMAT */
export function decodeSignedStatement(bytes: Uint8Array): SignedStatement {
  const keys = { required: signedStatementKeys };
  return readSignedStatement(cborFields(bytes, { maxLength, maxDepth: 2, keys, fail: malformed }));
}

/** The members that a signed statement adds to a map. */
export function signedStatementMembers({ statement, signatures }: SignedStatement) {
  const { device, grantor, commander, signer, challenge, ...integers } = statement;
  const members = new Map<string, unknown>(Object.entries(integers));
  for (const [name, address] of Object.entries({ device, grantor, commander, signer })) {
    members.set(name, fromHex(address, 20));
  }
  if (challenge !== 0n) members.set("challenge", challengeBytes(challenge));
  return { statement: members, statementSignatures: signatures };
}

/** Reads what {@link signedStatementMembers} adds. */
export function readSignedStatement(fields: CborFields): SignedStatement {
  return {
    statement: readStatement(fields.map("statement", statementKeys)),
    signatures: fields.byteList("statementSignatures", [64, 65], maxOperators),
  };
}

function readStatement(fields: CborFields): GrantStatement {
  return {
    logId: fields.integer("logId"),
    epoch: fields.smallInteger("epoch"),
    device: fields.address("device"),
    grantor: fields.address("grantor"),
    commander: fields.address("commander"),
    signer: fields.address("signer"),
    permissions: fields.integer("permissions", maxPermissions),
    until: fields.integer("until"),
    block: fields.integer("block"),
    blockTime: fields.integer("blockTime"),
    challenge: fields.has("challenge") ? toBigInt(fields.bytes("challenge", challengeLength)) : 0n,
  };
}

function challengeBytes(challenge: bigint): Uint8Array {
  const out = new Uint8Array(challengeLength);
  const bytes = bigIntBytes(challenge);
  out.set(bytes, challengeLength - bytes.length);
  return out;
}

function malformed(name: string, cause?: unknown): Error {
  const message = `The grant statement's ${name} is missing or malformed.`;
  return sdkError("STATEMENT_FORMAT", message, { name }, cause);
}
