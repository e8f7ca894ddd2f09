import type { Reading } from "@fieldseal/sdk";

/** Where a device's readings come from. */
export type ReadingSource = {
  /** What there is to say at a time, milliseconds since 1970; at most one message's worth. */
  next(nowMs: number): readonly Reading[];
};
