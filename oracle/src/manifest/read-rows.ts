import { createReadStream } from "node:fs";
import {
  encodeManifestLeaf,
  FieldsealError,
  isPublicKey,
  type KeyType,
  serialHash,
} from "@fieldseal/sdk";
import { CsvError, type Info, parse } from "csv-parse";

/** A device of the list, and the line that it ends on. */
export type ManifestRow = { readonly leaf: Buffer; readonly line: number };

const columns = ["serial", "keyType", "publicKey"] as const;
const longestRow = 1_024;
const longestSerial = 128;

const keyTypes: Readonly<Record<string, KeyType>> = {
  secp256k1: 1,
  "1": 1,
  p256: 2,
  "2": 2,
};

function refused(line: number, why: string): FieldsealError {
  return new FieldsealError("MANIFEST_ROW", `Line ${line}: ${why}.`, { line });
}

/** 64 bytes x ‖ y; 65 with the 04 of SEC 1 before them are taken too. */
function pointOf(text: string, line: number): Uint8Array {
  const [, digits] = /^(?:0x)?(?:04)?([0-9a-fA-F]{128})$/.exec(text) ?? [];
  if (digits === undefined) throw refused(line, "the key is not 64 bytes x ‖ y in hex");
  return Buffer.from(digits, "hex");
}

function leafOf(record: readonly string[], line: number): Buffer {
  const [serial = "", type = "", key = ""] = record;
  if (serial === "" || serial.trim() !== serial || /\p{Cc}/u.test(serial)) {
    throw refused(line, "the serial number is empty, or has spaces around it or controls in it");
  }
  if (Buffer.byteLength(serial) > longestSerial) {
    throw refused(line, `the serial number is longer than ${longestSerial} bytes`);
  }
  const keyType = keyTypes[type];
  if (keyType === undefined) throw refused(line, "the key type is neither p256 nor secp256k1");
  const publicKey = { keyType, point: pointOf(key, line) };
  if (!isPublicKey(publicKey)) throw refused(line, "the key is no point of its curve");
  return Buffer.from(encodeManifestLeaf(serialHash(serial), publicKey));
}

function explain(error: unknown, path: string): unknown {
  if (error instanceof CsvError) {
    const { lines } = error;
    const line = typeof lines === "number" ? lines : 0;
    return refused(line, `${error.message.replace(/\.$/, "")}`);
  }
  if (error instanceof Error && "syscall" in error) {
    return new FieldsealError("FILE_UNREADABLE", `${path} cannot be read.`, {}, { cause: error });
  }
  return error;
}

/**
 * Reads a list of devices: CSV (RFC 4180) with the header `serial,keyType,publicKey`.
 * @throws MANIFEST_HEADER, MANIFEST_ROW with the line, FILE_UNREADABLE
 */
export async function* readRows(path: string): AsyncGenerator<ManifestRow> {
  const source = createReadStream(path, { highWaterMark: 1 << 20 });
  const parser = parse({ bom: true, info: true, max_record_size: longestRow });
  source.once("error", (error) => parser.destroy(error));
  source.pipe(parser);
  let header = false;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: Info;
    }>) {
      if (header) {
        yield { leaf: leafOf(record, info.lines), line: info.lines };
        continue;
      }
      header = true;
      if (record.join() !== columns.join()) {
        const message = `The first line is not ${columns.join()}.`;
        throw new FieldsealError("MANIFEST_HEADER", message);
      }
    }
  } catch (error) {
    throw explain(error, path);
  } finally {
    source.destroy();
  }
}
