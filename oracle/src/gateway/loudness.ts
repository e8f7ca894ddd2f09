import type { Clock } from "../internal/clock.ts";

const quietMs = 60_000;
const maxKinds = 1000;

/** Says whether a line is worth logging: each kind once a minute, so that no source fills the disk with its faults. */
export function loudness(clock: Clock): (kind: string) => boolean {
  const said = new Map<string, number>();
  return (kind) => {
    const nowMs = clock.elapsedMs();
    const last = said.get(kind);
    if (last !== undefined && nowMs - last < quietMs) return false;
    if (said.size >= maxKinds) {
      const oldest = said.keys().next();
      if (!oldest.done) said.delete(oldest.value);
    }
    said.delete(kind);
    said.set(kind, nowMs);
    return true;
  };
}
