import { readFileSync } from "node:fs";
import { FieldsealError } from "@fieldseal/sdk";
import { computeAddress } from "ethers";
import { isLocalChain } from "./local-chain.ts";
import { isPublicTestAccount } from "./test-accounts.ts";
import type { Hex } from "./types.ts";

const secp256k1Order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** An account's secret and address. Never logged: it prints as its address. */
export type AccountKey = { readonly secret: Hex; readonly address: Hex; toJSON(): unknown };

/**
 * Reads a private key: 64 hex digits, with or without 0x.
 * @param source What to name in errors, such as the variable that held it; the text itself is never shown
 * @throws KEY_INVALID
 */
export function accountKey(text: string, source: string): AccountKey {
  const digits = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(text.trim())?.[1];
  const value = digits === undefined ? 0n : BigInt(`0x${digits}`);
  if (digits === undefined || value === 0n || value >= secp256k1Order) {
    throw new FieldsealError(
      "KEY_INVALID",
      `${source} is not a private key: 64 hex digits, 0x optional.`,
      { source },
    );
  }
  const secret: Hex = `0x${digits.toLowerCase()}`;
  const address = computeAddress(secret).toLowerCase() as Hex;
  return { secret, address, toJSON: () => ({ address }) };
}

export type KeySource = {
  /** Name of the variable to read, such as FIELDSEAL_OPERATOR_KEY. */
  readonly variable: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** File that holds the key as hex; wins over the variable. */
  readonly file?: string;
};

function keyText({ variable, environment, file }: KeySource): { text: string; source: string } {
  if (file !== undefined) {
    try {
      return { text: readFileSync(file, "utf8"), source: `The file ${file}` };
    } catch (cause) {
      const message = `The key file ${file} cannot be read.`;
      throw new FieldsealError("KEY_MISSING", message, { file }, { cause });
    }
  }
  const text = environment[variable];
  if (text === undefined || text.trim() === "") {
    const message = `No key: set ${variable} in the environment or in .env, or name a key file.`;
    throw new FieldsealError("KEY_MISSING", message, { variable });
  }
  return { text, source: variable };
}

/**
 * Refuses the accounts whose keys everybody knows, unless the chain is a local one.
 * @throws TEST_KEY_ON_PUBLIC_CHAIN
 */
export function refuseTestKey(address: string, chainId: bigint): void {
  if (isLocalChain(chainId) || !isPublicTestAccount(address)) return;
  throw new FieldsealError(
    "TEST_KEY_ON_PUBLIC_CHAIN",
    `The key of ${address} is published with every development node, and chain ${chainId} is public.`,
    { address, chainId: chainId.toString() },
  );
}

/**
 * Loads an account's key from a file or from the environment (which `.env` was read into).
 * @throws KEY_MISSING, KEY_INVALID, TEST_KEY_ON_PUBLIC_CHAIN
 */
export function loadAccountKey(source: KeySource, chainId: bigint): AccountKey {
  const { text, source: named } = keyText(source);
  const key = accountKey(text, named);
  refuseTestKey(key.address, chainId);
  return key;
}
