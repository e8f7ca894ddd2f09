import { checkpointLeafLength } from "../checkpoint/checkpoint-leaf.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { parseDeviceId } from "../id/device-id.ts";
import { leafLength } from "../leaf/encode-leaf.ts";
import { type JsonFields, jsonFields } from "../proof/json-fields.ts";
import { readCheckpoint } from "../proof/parse-proof.ts";
import type { AuditBundle, AuditCheckpoint, AuditMessage, AuditNeighbour } from "./audit-bundle.ts";

/** A bundle from untrusted JSON. Well-formed is all it then is. @throws AUDIT_FORMAT */
export function parseAuditBundle(json: unknown): AuditBundle {
  const fields = jsonFields(json, malformed);
  const format = "fieldseal-audit/1";
  if (fields.text("format") !== format) throw malformed("format");
  return {
    format,
    chainId: fields.integer("chainId", Number.MAX_SAFE_INTEGER),
    registry: fields.hex("registry", 20),
    log: fields.hex("log", 20),
    logId: fields.unsigned("logId"),
    device: parseDeviceId(fields.hex("device", 20)),
    checkpoints: fields.list("checkpoints").map(readAuditCheckpoint),
    messages: fields.list("messages").map(readMessage),
  };
}

function readAuditCheckpoint(fields: JsonFields): AuditCheckpoint {
  return {
    ...readCheckpoint(fields),
    ...(fields.has("before") ? { before: readNeighbour(fields.object("before")) } : {}),
    ...(fields.has("after") ? { after: readNeighbour(fields.object("after")) } : {}),
  };
}

function readNeighbour(fields: JsonFields): AuditNeighbour {
  return {
    leaf: fields.hex("leaf", checkpointLeafLength),
    index: fields.unsigned("index"),
    path: fields.hexList("path", 32),
  };
}

function readMessage(fields: JsonFields): AuditMessage {
  return {
    checkpoint: fields.unsigned("checkpoint"),
    index: fields.unsigned("index"),
    path: fields.hexList("path", 32),
    leaf: fields.hex("leaf", checkpointLeafLength),
    bytes: fields.text("bytes"),
    keyType: fields.keyType("keyType"),
    key: fields.hex("key", 64),
    readings: fields.hexList("readings", leafLength),
  };
}

function malformed(name: string): Error {
  return sdkError("AUDIT_FORMAT", `The bundle's ${name} is missing or malformed.`, { name });
}
