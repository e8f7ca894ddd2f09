import type { Clock } from "../clock.ts";

export type RepetitionOptions = {
  readonly clock: Clock;
  /** Lines of one kind that pass in one window. */
  readonly passing?: number;
  readonly windowMs?: number;
};

/** Holds back what says the same over and over. */
export type Repetition = {
  /** The lines to write now: none if it is held back, and before it what became of kinds held back earlier. */
  take(line: string): string[];
  /** What is still held back, in one line a kind. */
  flush(): string[];
};

type Entry = Record<string, unknown>;
type Kind = { readonly sinceMs: number; readonly entry: Entry; passed: number; heldBack: number };

const warn = 40;
const fatal = 60;
const kindsAtMost = 256;

/** Only warnings and errors are held back, and never the last words of a process. */
function entryOf(line: string): Entry | undefined {
  const level = Number(/^\{"level":(\d+)/.exec(line)?.[1] ?? 0);
  if (level < warn || level >= fatal) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function kindOf({ level, part, code, msg }: Entry): string {
  // A defect's code says nothing of which defect it is.
  const what = code === undefined || code === "INTERNAL" ? msg : code;
  return JSON.stringify([level, part, what]);
}

/** Lets a few lines of one kind pass in a minute, and says afterwards how many there were more. */
export function createRepetition(options: RepetitionOptions): Repetition {
  const { clock, passing = 5, windowMs = 60_000 } = options;
  const kinds = new Map<string, Kind>();

  function summary({ entry, heldBack }: Kind): string[] {
    if (heldBack === 0) return [];
    const { level, part, code, msg } = entry;
    return [
      `${JSON.stringify({ level, time: clock.nowMs(), part, code, repeated: heldBack, msg })}\n`,
    ];
  }

  function sweep(nowMs: number): string[] {
    const lines: string[] = [];
    for (const [name, kind] of kinds) {
      // In the order of their beginning.
      const isOver = nowMs - kind.sinceMs >= windowMs;
      if (!isOver && kinds.size <= kindsAtMost) break;
      kinds.delete(name);
      lines.push(...summary(kind));
    }
    return lines;
  }

  return {
    take(line) {
      const nowMs = clock.elapsedMs();
      const before = sweep(nowMs);
      const entry = entryOf(line);
      if (entry === undefined) return [...before, line];
      const name = kindOf(entry);
      const kind = kinds.get(name) ?? { sinceMs: nowMs, entry, passed: 0, heldBack: 0 };
      kinds.set(name, kind);
      if (kind.passed < passing) {
        kind.passed++;
        return [...before, line];
      }
      kind.heldBack++;
      return before;
    },
    flush() {
      const lines = [...kinds.values()].flatMap(summary);
      kinds.clear();
      return lines;
    },
  };
}
