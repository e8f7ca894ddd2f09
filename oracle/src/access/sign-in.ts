import { type DeviceId, FieldsealError } from "@fieldseal/sdk";
import { ParsedMessage } from "@spruceid/siwe-parser";
import { hashMessage, Interface, recoverAddress } from "ethers";
import { callContract } from "../chain/call-contract.ts";
import type { Rpc } from "../chain/json-rpc.ts";
import { hexOf } from "../chain/quantities.ts";
import type { Hex } from "../chain/types.ts";
import type { SignInNonces } from "./sign-in-nonces.ts";

export type SignInOptions = {
  /** Host and port that people see in their browser: `domain` of the message (ERC-4361). */
  siteDomain(): string;
  readonly chainId: bigint;
  readonly nonces: SignInNonces;
  readonly rpc: Rpc;
  isDevice(address: DeviceId): boolean;
  /** Seconds since 1970. */
  nowS(): number;
};

const maxMessageLength = 4096;
/** How far the signer's clock may run ahead, seconds. */
const skewS = 60;
const erc1271 = new Interface([
  "function isValidSignature(bytes32 hash, bytes signature) view returns (bytes32)",
]);
// The whole word: the precompile at address 4 gives any call back, and that begins with the selector.
const erc1271Yes = `0x1626ba7e${"00".repeat(28)}`;

function parse(text: string): ParsedMessage {
  if (text.length > maxMessageLength) throw malformed("it is over 4 KiB");
  try {
    return new ParsedMessage(text);
  } catch (cause) {
    throw new FieldsealError("SIGN_IN_FORMAT", "It is no ERC-4361 message.", {}, { cause });
  }
}

const malformed = (why: string) => new FieldsealError("SIGN_IN_FORMAT", `The message: ${why}.`);

function secondsOf(time: string | undefined): number | undefined {
  if (time === undefined) return undefined;
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) throw malformed(`${time} is no time`);
  return Math.floor(ms / 1000);
}

function checkTimes(message: ParsedMessage, nowS: number): void {
  const { issuedAt, expirationTime, notBefore } = message;
  const early = Math.max(secondsOf(issuedAt) ?? 0, secondsOf(notBefore) ?? 0) > nowS + skewS;
  const late = (secondsOf(expirationTime) ?? Number.MAX_SAFE_INTEGER) <= nowS;
  if (early) throw new FieldsealError("SIGN_IN_TIME", "The message comes from the future.");
  if (late) throw new FieldsealError("SIGN_IN_TIME", "The message has expired.");
}

function checkPlace(message: ParsedMessage, { siteDomain, chainId }: SignInOptions): void {
  const domain = siteDomain();
  const { host, port } = message.uriElements;
  const place = port ? `${host}:${port}` : host;
  if (message.domain !== domain || place !== domain) {
    throw new FieldsealError(
      "SIGN_IN_PLACE",
      `The message is for ${message.domain}, not ${domain}.`,
    );
  }
  if (BigInt(message.chainId) !== chainId) {
    throw new FieldsealError(
      "SIGN_IN_PLACE",
      `The message is for chain ${message.chainId}, not ${chainId}.`,
    );
  }
}

function recovers(address: string, digest: string, signature: string): boolean {
  try {
    return recoverAddress(digest, signature).toLowerCase() === address.toLowerCase();
  } catch {
    return false;
  }
}

async function walletAgrees(rpc: Rpc, wallet: Hex, digest: string, signature: string) {
  try {
    const args = [digest, signature];
    const [answer] = await callContract(rpc, erc1271, wallet, "isValidSignature", args);
    return answer === erc1271Yes;
  } catch (error) {
    if (error instanceof FieldsealError && error.code === "CONTRACT_REVERTED") return false;
    throw error;
  }
}

/**
 * Checks a Sign-In with Ethereum message (ERC-4361) and its signature, of an account or a contract's wallet
 * (ERC-1271), and uses its nonce up.
 * @returns the address, lowercase
 * @throws SIGN_IN_FORMAT, SIGN_IN_PLACE, SIGN_IN_TIME, SIGN_IN_NONCE, SIGN_IN_DEVICE, SIGN_IN_SIGNATURE,
 * CHAIN_UNREACHABLE
 */
export async function signIn(
  text: string,
  signature: string,
  options: SignInOptions,
): Promise<Hex> {
  const message = parse(text);
  checkPlace(message, options);
  checkTimes(message, options.nowS());
  options.nonces.check(message.nonce);
  const address = hexOf(message.address);
  if (options.isDevice(address)) {
    throw new FieldsealError(
      "SIGN_IN_DEVICE",
      "A device's id is no account: use the device's token.",
    );
  }
  const digest = hashMessage(text);
  if (!recovers(address, digest, signature)) {
    const isWallet = await walletAgrees(options.rpc, address, digest, signature);
    if (!isWallet) {
      throw new FieldsealError("SIGN_IN_SIGNATURE", `${address} did not sign this message.`);
    }
  }
  options.nonces.spend(message.nonce);
  return address;
}
