import { FieldsealError } from "@fieldseal/sdk";
import { Wallet } from "ethers";
import { z } from "zod";
import type { CliIo } from "../io.ts";
import { environmentOf } from "./environment.ts";
import { fetchJson, fetchService } from "./fetch-service.ts";

const challengeSchema = z.object({ nonce: z.string(), domain: z.string(), chainId: z.number() });
const sessionSchema = z.object({ token: z.string(), address: z.string(), expires: z.number() });

export type SignedIn = z.infer<typeof sessionSchema>;

/** The message of ERC-4361 that answers a challenge. */
function messageOf(address: string, uri: URL, nonce: string, chainId: number, nowMs: number) {
  return [
    `${uri.host} wants you to sign in with your Ethereum account:`,
    address,
    "",
    "Read and command devices through this Fieldseal service.",
    "",
    `URI: ${uri.origin}`,
    "Version: 1",
    `Chain ID: ${chainId}`,
    `Nonce: ${nonce}`,
    `Issued At: ${new Date(nowMs).toISOString()}`,
  ].join("\n");
}

/**
 * Signs in with Ethereum. The message names the host that was asked for, never one that the service names: a service
 * cannot pass the signature on to another.
 * @param secret Private key of the account
 * @throws SERVICE_MISMATCH, HTTP_UNREACHABLE, or the code that the service refused with
 */
export async function signInAt(base: string, secret: string, nowMs: number): Promise<SignedIn> {
  const uri = new URL(base);
  const { nonce, domain, chainId } = challengeSchema.parse(
    await fetchJson(base, "v1/session/challenge"),
  );
  if (domain !== uri.host) {
    const message = `The service calls itself ${domain} and was reached as ${uri.host}: use its own name, or set FIELDSEAL_PUBLIC_URL there.`;
    throw new FieldsealError("SERVICE_MISMATCH", message);
  }
  const wallet = new Wallet(secret);
  const message = messageOf(wallet.address, uri, nonce, chainId, nowMs);
  const response = await fetchService(base, "v1/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message, signature: await wallet.signMessage(message) }),
  });
  return sessionSchema.parse(await response.json());
}

/** Headers of a reader: FIELDSEAL_TOKEN, or nothing. */
function readerHeaders(io: CliIo): Record<string, string> {
  const token = environmentOf(io).FIELDSEAL_TOKEN;
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/**
 * A request for what a restricted log keeps: with FIELDSEAL_TOKEN, or, when the service asks who it is, signed in with
 * FIELDSEAL_OWNER_KEY.
 * @throws as `fetchService`
 */
export async function fetchAsReader(
  io: CliIo,
  base: string,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  try {
    return await fetchService(base, path, { ...init, headers: readerHeaders(io) });
  } catch (error) {
    const secret = environmentOf(io).FIELDSEAL_OWNER_KEY;
    const asked = error instanceof FieldsealError && error.code === "SIGN_IN_REQUIRED";
    if (!asked || secret === undefined) throw error;
    const { token } = await signInAt(base, secret, io.nowMs());
    return fetchService(base, path, { ...init, headers: { authorization: `Bearer ${token}` } });
  }
}
