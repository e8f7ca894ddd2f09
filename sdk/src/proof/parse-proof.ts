import { maxRecords } from "../codec/limits.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { parseDeviceId } from "../id/device-id.ts";
import { splitMetric } from "../leaf/metric.ts";
import type { ReadingKind } from "../types.ts";
import { type JsonFields, jsonFields } from "./json-fields.ts";
import type {
  MessageProof,
  ProofCheckpoint,
  ProofFile,
  ProofMessage,
  ProofReading,
} from "./proof-file.ts";

/** A proof from untrusted JSON. Well-formed is all it then is. @throws PROOF_FORMAT */
export function parseProof(json: unknown): ProofFile {
  return { ...parseMessageProof(json), reading: readReading(open(json).object("reading")) };
}

/** A message's proof from untrusted JSON; a reading in it is passed over. @throws PROOF_FORMAT */
export function parseMessageProof(json: unknown): MessageProof {
  const fields = open(json);
  const format = "fieldseal-proof/1";
  if (fields.text("format") !== format) throw malformed("format");
  return {
    format,
    chainId: fields.integer("chainId", Number.MAX_SAFE_INTEGER),
    log: fields.hex("log", 20),
    logId: fields.unsigned("logId"),
    checkpoint: readCheckpoint(fields.object("checkpoint")),
    message: readMessage(fields.object("message")),
  };
}

/** The fields of a checkpoint. @throws as the fields' owner says */
export function readCheckpoint(fields: JsonFields): ProofCheckpoint {
  const signers = fields.hex("signers");
  if (signers.length < 4 || signers.length > 10) throw malformed("checkpoint.signers");
  return {
    index: fields.unsigned("index"),
    root: fields.hex("root", 32),
    size: fields.unsigned("size"),
    sealedAt: fields.unsigned("sealedAt"),
    epoch: fields.integer("epoch"),
    signers,
  };
}

function readMessage(fields: JsonFields): ProofMessage {
  return {
    device: parseDeviceId(fields.hex("device", 20)),
    keyIndex: fields.integer("keyIndex"),
    sequence: fields.unsigned("sequence"),
    root: fields.hex("root", 32),
    index: fields.unsigned("index"),
    path: fields.hexList("path", 32),
    keyType: fields.keyType("keyType"),
    key: fields.hex("key", 64),
    signature: fields.hex("signature", 64),
  };
}

function readReading(fields: JsonFields): ProofReading {
  const metric = fields.text("metric");
  try {
    splitMetric(metric);
  } catch (cause) {
    throw sdkError("PROOF_FORMAT", "The metric is malformed.", { name: "reading.metric" }, cause);
  }
  return {
    kind: fields.integer("kind", 3) as ReadingKind,
    record: fields.integer("record", maxRecords - 1),
    time: fields.unsigned("time"),
    metric,
    value: fields.signed("value"),
    salt: fields.hex("salt", 32),
    records: fields.integer("records", maxRecords),
    path: fields.hexList("path", 32),
    ...(fields.has("text") ? { text: fields.text("text") } : {}),
    ...(fields.has("data") ? { data: fields.hex("data") } : {}),
  };
}

function open(json: unknown): JsonFields {
  return jsonFields(json, malformed);
}

function malformed(name: string): Error {
  return sdkError("PROOF_FORMAT", `The proof's ${name} is missing or malformed.`, { name });
}
