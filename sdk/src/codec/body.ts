import { equalBytes } from "../bytes/arrays.ts";
import { writeU32 } from "../bytes/integers.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { type Sha256, sha256 } from "../hash/sha256.ts";
import { leafLength, writeLeaf } from "../leaf/encode-leaf.ts";
import { readJsonBody, writeJsonBody } from "../senml/json-body.ts";
import { readCborBody } from "../senml/read-cbor-body.ts";
import { resolvePack } from "../senml/resolve-pack.ts";
import type { SenmlPack } from "../senml/senml-record.ts";
import { writeCborBody } from "../senml/write-cbor-body.ts";
import { treeRoot } from "../tree/build-tree.ts";
import type { DeviceMessage, MessageBody, ReadingRecord } from "../types.ts";
import { saltLength } from "./limits.ts";

/** What a body holds. */
export type BodyContent = { readonly salt: Uint8Array; readonly pack: SenmlPack };
/** What a body holds, resolved. */
export type OpenedBody = { readonly salt: Uint8Array; readonly records: ReadingRecord[] };

/** A CBOR body, [salt, pack]. @throws BODY_STRUCTURE when the salt is not 16 bytes */
export function encodeBody({ salt, pack }: BodyContent): MessageBody {
  return { kind: "plain", bytes: writeCborBody(checkSalt(salt), pack) };
}

/** A JSON body, {"salt", "senml"}. @throws BODY_STRUCTURE when the salt is not 16 bytes */
export function encodeJsonBody({ salt, pack }: BodyContent): MessageBody {
  return { kind: "json", text: writeJsonBody(checkSalt(salt), pack) };
}

/**
 * Opens a body and resolves its records, strictly.
 * @throws BODY_ENCRYPTED, BODY_*, TRAILING_BYTES, JSON_SYNTAX, SENML_*, METRIC_TOO_LONG, VALUE_*
 */
export function openBody(body: MessageBody, hash: Sha256 = sha256): OpenedBody {
  const { salt, pack } = readBody(body);
  return { salt, records: resolvePack(pack, hash) };
}

/** Opens a body without resolving it. @throws as {@link openBody} but for what resolution finds */
export function readBody(body: MessageBody): BodyContent {
  if (body.kind === "encrypted") throw sdkError("BODY_ENCRYPTED", "The body is encrypted.");
  const content = body.kind === "plain" ? readCborBody(body.bytes) : readJsonBody(body.text);
  checkSalt(content.salt);
  return content;
}

/** Leaf hashes of a message's readings, in record order. */
export function readingLeafHashes(
  salt: Uint8Array,
  records: readonly ReadingRecord[],
  hash: Sha256 = sha256,
): Uint8Array[] {
  const saltInput = new Uint8Array(salt.length + 4);
  saltInput.set(salt);
  const input = new Uint8Array(1 + leafLength);
  return records.map((record) => {
    writeU32(saltInput, salt.length, record.record);
    input.fill(0);
    writeLeaf(input, 1, record, hash(saltInput));
    return hash(input);
  });
}

/** The root that a device signs: the tree over its readings' leaves. @throws TREE_EMPTY */
export function bodyRoot(
  salt: Uint8Array,
  records: readonly ReadingRecord[],
  hash: Sha256 = sha256,
): Uint8Array {
  return treeRoot(readingLeafHashes(salt, records, hash), hash);
}

/**
 * The readings of a message whose body gives the root it claims; none for an encrypted body.
 * @throws BODY_ROOT_MISMATCH, and as {@link openBody}
 */
export function checkBody(message: DeviceMessage, hash: Sha256 = sha256): ReadingRecord[] {
  if (message.body.kind === "encrypted") return [];
  const { salt, records } = openBody(message.body, hash);
  if (!equalBytes(bodyRoot(salt, records, hash), message.root)) {
    throw sdkError("BODY_ROOT_MISMATCH", "The readings do not give the signed root.");
  }
  return records;
}

function checkSalt(salt: Uint8Array): Uint8Array {
  if (salt.length !== saltLength) {
    throw sdkError("BODY_STRUCTURE", "A salt is 16 bytes.");
  }
  return salt;
}
