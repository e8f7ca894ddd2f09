import type { DeviceId, StoredGrant } from "@fieldseal/sdk";
import { FieldsealError } from "@fieldseal/sdk";
import type { Wallet } from "ethers";
import type { Sessions } from "../../../oracle/src/access/sessions.ts";
import type { GrantBook } from "../../../oracle/src/chain/grant-book.ts";
import type { Hex } from "../../../oracle/src/chain/types.ts";

export const everybody: Hex = `0x${"00".repeat(20)}`;
/** Owner of the devices in test directories. */
export const owner: Hex = "0x00000000000000000000000000000000000000cc";
export const noEndS = 0xff_ffff_ffff;

export const addressOf = (wallet: Wallet) => wallet.address.toLowerCase() as Hex;

/** The code of a refusal. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (error instanceof FieldsealError) return error.code;
  throw error ?? new Error("it was not refused");
}

/** Writes a grant of the owner as the follower would. */
export function give(
  book: GrantBook,
  subject: DeviceId,
  grantee: Hex,
  permissions: bigint,
  more: Partial<StoredGrant> & { readonly grantor?: Hex } = {},
): void {
  const { grantor = owner, ...overrides } = more;
  const grant = {
    permissions,
    from: 0,
    until: noEndS,
    revision: 0,
    ownerEpoch: 0,
    generation: 1,
    parentGeneration: 0,
    ofFleet: false,
    ...overrides,
  };
  book.apply({ grants: [{ subject, grantor, grantee, grant }], revisions: [], emergencies: [] });
}

export type MessageParts = {
  readonly domain: string;
  readonly address: string;
  readonly uri: string;
  readonly chainId: number;
  readonly nonce: string;
  readonly issuedAt: string;
  readonly version: string;
  readonly expirationTime?: string;
  readonly notBefore?: string;
};

/** A Sign-In with Ethereum message, as ERC-4361 writes it. */
export function siweMessage(parts: MessageParts): string {
  const { domain, address, uri, version, chainId, nonce, issuedAt } = parts;
  const lines = [
    `${domain} wants you to sign in with your Ethereum account:`,
    address,
    "",
    "Read my sensors.",
    "",
    `URI: ${uri}`,
    `Version: ${version}`,
    `Chain ID: ${chainId}`,
    `Nonce: ${nonce}`,
    `Issued At: ${issuedAt}`,
  ];
  if (parts.expirationTime !== undefined) lines.push(`Expiration Time: ${parts.expirationTime}`);
  if (parts.notBefore !== undefined) lines.push(`Not Before: ${parts.notBefore}`);
  return lines.join("\n");
}

/** A message that answers a fresh challenge. */
export function answerTo(
  sessions: Sessions,
  address: string,
  nowMs: number,
  overrides: Partial<MessageParts> = {},
): string {
  const { nonce, domain, chainId } = sessions.challenge();
  return siweMessage({
    domain,
    address,
    uri: `https://${domain}/`,
    version: "1",
    chainId,
    nonce,
    issuedAt: new Date(nowMs).toISOString(),
    ...overrides,
  });
}

/** Signs in. @returns the session token */
export async function sessionOf(sessions: Sessions, wallet: Wallet, nowMs: number) {
  const message = answerTo(sessions, wallet.address, nowMs);
  return (await sessions.open(message, await wallet.signMessage(message))).token;
}
