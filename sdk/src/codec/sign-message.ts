import { sdkError } from "../errors/sdk-error.ts";
import { normaliseLowS } from "../keys/normalise-low-s.ts";
import { packOf, type Reading } from "../senml/pack-of.ts";
import type { DeviceId, DeviceMessage, MessageBody, Signer } from "../types.ts";
import { bodyRoot, encodeBody, encodeJsonBody, openBody } from "./body.ts";
import { encodeCoseMessage } from "./cose-message.ts";
import { encodeJsonMessage } from "./json-message.ts";
import { sigStructure } from "./sig-structure.ts";

/** Readings to pack, or a body made before; an encrypted body comes with the root of its plaintext. */
export type SignedContent =
  | { readonly readings: readonly Reading[]; readonly salt: Uint8Array }
  | { readonly body: MessageBody; readonly root?: Uint8Array };

export type SignMessageParameters = SignedContent & {
  readonly signer: Signer;
  readonly device: DeviceId;
  /** Index of the signer's key under the device, genesis 0. */
  readonly keyIndex: number;
  /** Boot counter in the high 32 bits, message counter in the low; never reused under one key. */
  readonly sequence: bigint;
  /** The deployment, from messageDomain. */
  readonly domain: Uint8Array;
  /** Default "cose"; a body decides for itself. */
  readonly encoding?: "cose" | "json";
};

/**
 * Signs readings as a message.
 * @throws BODY_ENCRYPTED for an encrypted body without root, MESSAGE_TOO_LARGE, and as openBody
 */
export async function signMessage(
  parameters: SignMessageParameters,
): Promise<{ bytes: Uint8Array; message: DeviceMessage }> {
  const { signer, device, keyIndex, sequence, domain } = parameters;
  const body = bodyOf(parameters);
  const root = rootOf(parameters, body);
  const { keyType } = signer.publicKey;
  const facts = { device, keyIndex, sequence, root };
  const signed = await signer.sign(sigStructure({ ...facts, keyType }, domain), "sha256");
  const signature = normaliseLowS(keyType, signed);
  if (body.kind === "json") {
    const message = { ...facts, keyType: undefined, signature, body };
    return { bytes: encodeJsonMessage(message), message };
  }
  const message = { ...facts, keyType, signature, body };
  return { bytes: encodeCoseMessage(message), message };
}

function bodyOf(parameters: SignMessageParameters): MessageBody {
  if ("body" in parameters) return parameters.body;
  const content = { salt: parameters.salt, pack: packOf(parameters.readings) };
  return parameters.encoding === "json" ? encodeJsonBody(content) : encodeBody(content);
}

function rootOf(content: SignedContent, body: MessageBody): Uint8Array {
  if (body.kind === "encrypted") {
    if ("root" in content && content.root !== undefined) return content.root;
    throw sdkError("BODY_ENCRYPTED", "An encrypted body needs the root of its plaintext.");
  }
  const { salt, records } = openBody(body);
  return bodyRoot(salt, records);
}
