import { FieldsealError, type ReadingRecord } from "@fieldseal/sdk";

/**
 * Refuses readings from the future; a device without a clock says 0 and passes. The past is never refused: replay is
 * stopped by the sequence.
 * @throws TIME_AHEAD
 */
export function checkTimes(
  readings: readonly ReadingRecord[],
  nowMs: number,
  skewMs: number,
): void {
  const limit = BigInt(nowMs + skewMs);
  for (const { timeMs, record } of readings) {
    if (timeMs > limit) {
      throw new FieldsealError(
        "TIME_AHEAD",
        `Record ${record} is ${timeMs - BigInt(nowMs)} ms ahead of the clock.`,
        { record, timeMs: timeMs.toString(), skewMs },
      );
    }
  }
}
