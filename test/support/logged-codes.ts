import { pino } from "pino";
import type { Common } from "../../oracle/src/internal/common.ts";
import { type ManualClock, testCommon } from "./service.ts";

/** What parts of the service are given, with a log whose codes are kept. */
export function loggingCommon(clock?: ManualClock): Common & { readonly codes: string[] } {
  const codes: string[] = [];
  const write = (line: string) => {
    const { code } = JSON.parse(line) as { code?: string };
    if (code !== undefined) codes.push(code);
  };
  return { ...testCommon(clock), log: pino({ level: "trace" }, { write }), codes };
}
