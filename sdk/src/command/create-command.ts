import type { TypedDataDomain } from "ethers";
import { fromHex } from "../bytes/hex.ts";
import { toBigInt } from "../bytes/integers.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { parseDeviceId } from "../id/device-id.ts";
import type { Random } from "../keys/generate-key.ts";
import { signTyped } from "../typed/sign-typed.ts";
import { type ActionTypes, commandTypes } from "../typed/types.ts";
import type { DeviceId, Signer } from "../types.ts";
import { commandValue, maxCommandLifeS } from "./check-command.ts";
import { type CommandContent, encodeCommandContent } from "./command-content.ts";
import type { CommandEnvelope } from "./command-envelope.ts";
import type { SignedStatement } from "./grant-statement.ts";

/** Who gives a command. */
export type Commander =
  /** A person's account: an ethers Wallet or JsonRpcSigner, in a browser too. Contract wallets cannot command. */
  | {
      readonly kind: "account";
      readonly address: string;
      readonly wallet: {
        signTypedData(
          domain: TypedDataDomain,
          types: ActionTypes,
          value: Record<string, unknown>,
        ): Promise<string>;
      };
    }
  /** A machine: a device and its current key. */
  | { readonly kind: "device"; readonly device: DeviceId; readonly signer: Signer };

export type CreateCommandOptions = CommandContent & {
  readonly commander: Commander;
  /** The device that is to obey. */
  readonly device: DeviceId;
  /** AccessGrants' EIP-712 domain, from grantsDomain. */
  readonly domain: TypedDataDomain;
  /** From commandNonces; for a device without a clock its challenge. */
  readonly nonce: bigint;
  /** Seconds since 1970, at most an hour ahead. */
  readonly expiry: bigint;
  /** The committee's word that the commander may, from the oracle. */
  readonly statement: SignedStatement;
};

/** The address by which grants name a commander, in lowercase. */
export function commanderAddress(commander: Commander): `0x${string}` {
  return parseDeviceId(commander.kind === "account" ? commander.address : commander.device);
}

/** A signed command; send what encodeCommandEnvelope makes of it. @throws COMMAND_FORMAT, BYTES_FORMAT */
export async function createCommand(options: CreateCommandOptions): Promise<CommandEnvelope> {
  const { name, args, commander, domain, nonce, expiry, statement } = options;
  const device = parseDeviceId(options.device);
  const unsigned = {
    command: encodeCommandContent({ name, args }),
    commander: commanderAddress(commander),
    nonce,
    expiry,
    statement,
  };
  const value = commandValue(device, unsigned);
  if (commander.kind === "account") {
    const signature = await commander.wallet.signTypedData(domain, commandTypes, { ...value });
    return { ...unsigned, signature: fromHex(signature, 65) };
  }
  const { signer } = commander;
  const signature = await signTyped(signer, domain, commandTypes, value);
  return { ...unsigned, signature, key: signer.publicKey };
}

/**
 * Numbers for a commander's commands: milliseconds since 1970 ‖ 64 random bits, each larger than the one before,
 * so that a commander need not remember any.
 * @throws COMMAND_FORMAT when the clock has run out of 64 bits
 */
export function commandNonces(nowMs: () => number, random: Random): () => bigint {
  let last = 0n;
  return () => {
    const now = BigInt(Math.floor(nowMs()));
    if (now < 0n || now >= 1n << 64n) throw sdkError("COMMAND_FORMAT", "The clock is not a time.");
    const fresh = (now << 64n) | toBigInt(random(8));
    last = fresh > last ? fresh : last + 1n;
    return last;
  };
}

/** An expiry `lifeS` seconds ahead, an hour at most. */
export function commandExpiry(nowMs: number, lifeS: number): bigint {
  const life = BigInt(Math.floor(lifeS));
  return BigInt(Math.floor(nowMs / 1000)) + (life < maxCommandLifeS ? life : maxCommandLifeS);
}
