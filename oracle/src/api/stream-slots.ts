import { Readable } from "node:stream";
import { FieldsealError } from "@fieldseal/sdk";

/** How many long answers may be on their way at once. */
export type StreamSlots = {
  /**
   * Streams lines as they are consumed; a reader that stops reading stops the work.
   * @throws BUSY when all slots are taken
   */
  open(lines: AsyncIterable<string>): Readable;
};

/** See {@link StreamSlots}. */
export function createStreamSlots(maximum: number): StreamSlots {
  let taken = 0;
  return {
    open(lines) {
      if (taken >= maximum) {
        throw new FieldsealError("BUSY", "Too many exports are under way; try again later.");
      }
      taken += 1;
      const stream = Readable.from(lines, { objectMode: false, highWaterMark: 64 * 1024 });
      stream.once("close", () => {
        taken -= 1;
      });
      return stream;
    },
  };
}

/** Objects as NDJSON, in pieces of about 32 KiB so that a line does not cost a system call. */
export async function* ndjson(values: AsyncIterable<unknown>): AsyncGenerator<string> {
  let piece = "";
  for await (const value of values) {
    piece += `${JSON.stringify(value)}\n`;
    if (piece.length < 32_768) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}
