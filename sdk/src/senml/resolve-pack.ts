import { utf8 } from "../bytes/arrays.ts";
import { maxU64, toBigInt } from "../bytes/integers.ts";
import { maxRecords } from "../codec/limits.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { type Sha256, sha256 } from "../hash/sha256.ts";
import { checkScaled, decimalToScaled } from "../leaf/decimal.ts";
import { metricText } from "../leaf/metric.ts";
import type { ReadingRecord } from "../types.ts";
import type { SenmlPack, SenmlRecord } from "./senml-record.ts";

/** Times below 2^28 seconds are relative (RFC 8428 section 4.5.3). */
const relativeBelow = (1n << 28n) * 10n ** 18n;
const scaledPerMs = 10n ** 15n;
const one = 10n ** 18n;

/** Base fields as they stand at a record. */
type Base = { name: string; time: bigint; unit: string | undefined; value: bigint };

/**
 * Resolves a pack (RFC 8428 section 4.6) into readings. Times below 2^28 seconds mean that the device has no
 * clock: the reading's time is 0. Parts of a millisecond are dropped.
 * @throws SENML_*, METRIC_TOO_LONG, VALUE_*
 */
export function resolvePack(pack: SenmlPack, hash: Sha256 = sha256): ReadingRecord[] {
  if (pack.length === 0) throw sdkError("SENML_EMPTY", "The pack has no record.");
  if (pack.length > maxRecords) {
    throw sdkError("SENML_TOO_MANY_RECORDS", `The pack has ${pack.length} records, 64 are taken.`, {
      records: pack.length,
    });
  }
  const base: Base = { name: "", time: 0n, unit: undefined, value: 0n };
  return pack.map((record, index) => {
    applyBase(base, record);
    return resolveRecord(base, record, index, hash);
  });
}

function applyBase(base: Base, record: SenmlRecord): void {
  if (record.bver !== undefined && decimalToScaled(record.bver) > 10n * one) {
    throw sdkError("SENML_VERSION", "The pack is of a later SenML version.");
  }
  if (record.bn !== undefined) base.name = record.bn;
  if (record.bt !== undefined) base.time = decimalToScaled(record.bt);
  if (record.bu !== undefined) base.unit = record.bu;
  if (record.bv !== undefined) base.value = decimalToScaled(record.bv);
}

function resolveRecord(
  base: Base,
  record: SenmlRecord,
  index: number,
  hash: Sha256,
): ReadingRecord {
  if (record.s !== undefined || record.bs !== undefined) {
    throw sdkError("SENML_SUM", "Sums are not taken.", { record: index });
  }
  const common = {
    record: index,
    timeMs: resolveTime(base, record),
    metric: metricText(base.name + (record.n ?? ""), record.u ?? base.unit),
  };
  const { v, vs, vb, vd } = record;
  const values = Number(v !== undefined) + Number(vs !== undefined);
  const others = Number(vb !== undefined) + Number(vd !== undefined);
  if (values + others > 1) {
    throw sdkError("SENML_TWO_VALUES", "A record has more than one value.", { record: index });
  }
  if (v !== undefined) {
    return { kind: 0, ...common, value: checkScaled(base.value + decimalToScaled(v)) };
  }
  if (vb !== undefined) return { kind: 1, ...common, value: vb ? one : 0n };
  if (vs !== undefined) {
    return { kind: 2, ...common, value: digestValue(hash(utf8(vs))), text: vs };
  }
  if (vd !== undefined) return { kind: 3, ...common, value: digestValue(hash(vd)), data: vd };
  throw sdkError("SENML_NO_VALUE", "A record has no value.", { record: index });
}

function resolveTime(base: Base, record: SenmlRecord): bigint {
  const time = record.t === undefined ? base.time : base.time + decimalToScaled(record.t);
  if (time < relativeBelow) return 0n;
  const timeMs = time / scaledPerMs;
  if (timeMs > maxU64) throw sdkError("SENML_TIME", "The time does not fit 64 bits.");
  return timeMs;
}

/** A digest as a leaf's int256. */
function digestValue(digest: Uint8Array): bigint {
  return BigInt.asIntN(256, toBigInt(digest));
}
