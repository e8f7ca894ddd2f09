import type { TypedDataDomain } from "ethers";
import { hex } from "../bytes/hex.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { sha256 } from "../hash/sha256.ts";
import { deviceIdOf } from "../id/device-id.ts";
import { verifyDigest } from "../keys/verify-digest.ts";
import { typedDigest } from "../typed/sign-typed.ts";
import { commandTypes } from "../typed/types.ts";
import type { DeviceId } from "../types.ts";
import type { CommandEnvelope } from "./command-envelope.ts";
import { signerOf } from "./committee-trust.ts";
import type { GrantStatement } from "./grant-statement.ts";

/** How far ahead a command may expire, seconds. */
export const maxCommandLifeS = 3600n;
/** How far the chain's time may run ahead of a device's clock, seconds. */
const skewS = 60n;

/** What EIP-712 hashes of a command. */
export function commandValue(
  device: DeviceId,
  { command, commander, nonce, expiry }: CommandEnvelope | Omit<CommandEnvelope, "signature">,
): Readonly<Record<string, unknown>> {
  return { device, commander, command: hex(sha256(command)), nonce, expiry };
}

/**
 * Checks that the statement speaks of this device and of who signed the command, and that he did.
 * @param domain AccessGrants' EIP-712 domain, from grantsDomain
 * @throws STATEMENT_MISMATCH, COMMAND_SIGNATURE
 */
export function checkCommander(
  envelope: CommandEnvelope,
  { device, domain }: { readonly device: DeviceId; readonly domain: TypedDataDomain },
): void {
  const { statement } = envelope.statement;
  if (statement.device !== device || statement.commander !== envelope.commander) {
    const message = "The statement is about another device or commander.";
    throw sdkError("STATEMENT_MISMATCH", message, {
      device: statement.device,
      commander: statement.commander,
    });
  }
  const { key, signature, commander } = envelope;
  const value = commandValue(device, envelope);
  const signer =
    key === undefined
      ? signerOf(hex(typedDigest(1, domain, commandTypes, value)), signature)
      : deviceIdOf(key);
  const isSigned =
    key === undefined
      ? signer === commander
      : verifyDigest(key, typedDigest(key.keyType, domain, commandTypes, value), signature);
  if (!isSigned) {
    const message = "The commander has not signed this command for this device and deployment.";
    throw sdkError("COMMAND_SIGNATURE", message, { commander });
  }
  if (signer !== statement.signer) {
    const message = "The statement names another key or account as the commander's.";
    throw sdkError("STATEMENT_MISMATCH", message, { found: signer, named: statement.signer });
  }
}

/**
 * Checks a command and its statement against a device's clock.
 * @throws COMMAND_EXPIRED, COMMAND_EXPIRY, STATEMENT_STALE, STATEMENT_EXPIRED, STATEMENT_CHALLENGE
 */
export function checkTimes(
  { expiry, statement: { statement } }: CommandEnvelope,
  { nowMs, statementMaxAgeMs }: { readonly nowMs: number; readonly statementMaxAgeMs: number },
): void {
  const nowS = BigInt(Math.floor(nowMs / 1000));
  if (expiry <= nowS) throw sdkError("COMMAND_EXPIRED", "The command has expired.", { expiry });
  if (expiry > nowS + maxCommandLifeS) {
    throw sdkError("COMMAND_EXPIRY", "The command is valid for over an hour.", { expiry });
  }
  refuseEnded(statement, nowS);
  const { blockTime, challenge } = statement;
  const isStale = BigInt(Math.floor(nowMs)) - blockTime * 1000n > BigInt(statementMaxAgeMs);
  if (isStale || blockTime > nowS + skewS) {
    throw sdkError("STATEMENT_STALE", "The statement is too old, or from the future.", {
      blockTime,
    });
  }
  if (challenge !== 0n) {
    throw sdkError("STATEMENT_CHALLENGE", "The statement answers a challenge nobody has made.");
  }
}

/**
 * Checks that a command and its statement answer the challenge of a device without a clock.
 * @param challenge undefined if the device has none at the moment
 * @throws COMMAND_CHALLENGE, STATEMENT_CHALLENGE, STATEMENT_EXPIRED
 */
export function checkChallenge(
  { nonce, statement: { statement } }: CommandEnvelope,
  challenge: bigint,
): void {
  if (nonce !== challenge) {
    throw sdkError("COMMAND_CHALLENGE", "The command does not answer the device's challenge.");
  }
  if (statement.challenge !== challenge) {
    throw sdkError("STATEMENT_CHALLENGE", "The statement was made for another challenge.");
  }
  refuseEnded(statement, statement.blockTime);
}

function refuseEnded({ until }: GrantStatement, nowS: bigint): void {
  if (until <= nowS) throw sdkError("STATEMENT_EXPIRED", "The grant has ended.", { until });
}
