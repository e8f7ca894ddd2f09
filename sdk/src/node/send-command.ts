import { type CommandEnvelope, encodeCommandEnvelope } from "../command/command-envelope.ts";
import {
  type Commander,
  type CreateCommandOptions,
  commandExpiry,
  commanderAddress,
  createCommand,
} from "../command/create-command.ts";
import type { SignedStatement } from "../command/grant-statement.ts";
import { decodeSignedStatement } from "../command/statement-codec.ts";
import type { DeviceClock, MqttConnection } from "../device/ports.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { defaultTopicPrefix, topicsOf } from "../topics/topics-of.ts";
import type { DeviceId } from "../types.ts";

const maxStatementLength = 65_536;

export type FetchStatementOptions = {
  /** The oracle's address, as `https://oracle:8080`. */
  readonly oracleUrl: string;
  readonly device: DeviceId;
  readonly commander: `0x${string}`;
  /** Bits of AccessGrants, all of them needed. */
  readonly permission: bigint;
  /** The device's challenge, if it has no clock: 0x and 32 hex digits. */
  readonly challenge?: string;
  /** Whatever proves to the oracle who asks. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds; 10,000 if left out. */
  readonly timeoutMs?: number;
};

/**
 * Asks an oracle of the device's home log for its committee's word that a commander may command it.
 * @throws STATEMENT_FETCH, STATEMENT_FORMAT
 */
export async function fetchStatement(options: FetchStatementOptions): Promise<SignedStatement> {
  const { oracleUrl, device, commander, permission, challenge, timeoutMs = 10_000 } = options;
  const url = new URL("/v1/statements", oracleUrl);
  const query = { device, commander, permission: permission.toString() };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  if (challenge !== undefined) url.searchParams.set("challenge", challenge);
  let response: Response;
  let bytes: Uint8Array;
  try {
    response = await fetch(url, {
      headers: { ...options.headers, accept: "application/cbor" },
      signal: AbortSignal.timeout(timeoutMs),
    });
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw sdkError("STATEMENT_FETCH", "The oracle cannot be reached.", { url: url.origin }, cause);
  }
  if (!response.ok || bytes.length > maxStatementLength) {
    const { status } = response;
    const reason = new TextDecoder().decode(bytes.subarray(0, 500));
    throw sdkError("STATEMENT_FETCH", "The oracle gives no statement.", { status, reason });
  }
  return decodeSignedStatement(bytes);
}

export type SendCommandOptions = Omit<
  CreateCommandOptions,
  "statement" | "expiry" | "nonce" | "commander"
> &
  Pick<FetchStatementOptions, "oracleUrl" | "permission" | "headers"> & {
    readonly commander: Commander;
    /** A connection on which the commander may publish. */
    readonly mqtt: Pick<MqttConnection, "publish">;
    readonly prefix?: string;
    readonly clock: DeviceClock;
    /** How long the command is valid, seconds; 60 if left out, 3600 at most. */
    readonly lifeS?: number;
    /** From commandNonces, or the challenge of a device without a clock. */
    readonly fresh: { readonly nonce: bigint } | { readonly challenge: string };
  };

/**
 * Asks for a statement, signs the command and publishes it. What became of it is published by the device, as a
 * reading; commandId of the answer names it there.
 * @throws STATEMENT_FETCH, STATEMENT_FORMAT, COMMAND_FORMAT, and what publishing throws
 */
export async function sendCommand(options: SendCommandOptions): Promise<CommandEnvelope> {
  const { mqtt, device, clock, fresh, lifeS = 60, prefix = defaultTopicPrefix } = options;
  const commander = commanderAddress(options.commander);
  const challenge = "challenge" in fresh ? { challenge: fresh.challenge } : {};
  const statement = await fetchStatement({ ...options, commander, ...challenge });
  const envelope = await createCommand({
    ...options,
    statement,
    nonce: "challenge" in fresh ? BigInt(fresh.challenge) : fresh.nonce,
    expiry: commandExpiry(clock.nowMs(), lifeS),
  });
  const topic = topicsOf(prefix, device).command;
  await mqtt.publish(topic, encodeCommandEnvelope(envelope), { qos: 1, retain: false });
  return envelope;
}
