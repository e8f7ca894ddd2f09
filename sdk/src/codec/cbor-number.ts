import { toBigInt } from "../bytes/integers.ts";
import { sdkError } from "../errors/sdk-error.ts";
import type { Decimal } from "../leaf/decimal.ts";
import { type CborCursor, headInteger, readHead, skipContent } from "./cbor-head.ts";

/**
 * The content of the number tag whose head was just read: a bignum (tags 2, 3; RFC 8949 section 3.4.3) or a
 * decimal fraction (tag 4; section 3.4.4).
 * @throws BODY_TAG, BODY_NON_MINIMAL, and as readHead
 */
export function readNumberTag(cursor: CborCursor): Decimal {
  const tag = cursor.argument;
  if (tag === 2 || tag === 3) return { mantissa: readBignum(cursor, tag), exponent: 0 };
  if (tag !== 4) throw sdkError("BODY_TAG", "A tag that is not taken here.", { tag });
  if (readHead(cursor) !== 4 || cursor.argument !== 2) throw wrongContent(tag);
  const sign = readHead(cursor);
  if (sign > 1) throw wrongContent(tag);
  const exponent = sign === 0 ? cursor.argument : -1 - cursor.argument;
  const major = readHead(cursor);
  if (major < 2) return { mantissa: headInteger(cursor, major), exponent };
  if (major !== 6 || (cursor.argument !== 2 && cursor.argument !== 3)) throw wrongContent(tag);
  return { mantissa: readBignum(cursor, cursor.argument), exponent };
}

/** Shortest form: no leading zeros, and nothing that a plain integer holds. */
function readBignum(cursor: CborCursor, tag: 2 | 3): bigint {
  if (readHead(cursor) !== 2) throw wrongContent(tag);
  const start = skipContent(cursor);
  const content = cursor.bytes.subarray(start, cursor.at);
  if (content.length <= 8 || content[0] === 0) {
    throw sdkError("BODY_NON_MINIMAL", "A bignum that is not in its shortest form.");
  }
  const magnitude = toBigInt(content);
  return tag === 2 ? magnitude : -1n - magnitude;
}

function wrongContent(tag: number): Error {
  return sdkError("BODY_TAG", "A tag with content that does not belong to it.", { tag });
}
