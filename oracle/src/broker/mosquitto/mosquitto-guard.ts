import type { Logger } from "pino";
import type { Clock } from "../../internal/clock.ts";
import type { DynamicSecurity } from "./dynamic-security.ts";
import { listManaged } from "./managed-clients.ts";

export type MosquittoGuardOptions = {
  readonly log: Logger;
  readonly clock: Clock;
  /** How long the authority may be silent, milliseconds. */
  readonly silenceMs: number;
};

/** Watches over Mosquitto while its authority may be gone. */
export type MosquittoGuard = {
  /** The authority is alive, or a new connection begins. */
  heard(): void;
  /** Disables every client of Fieldseal's while the authority is silent, which ends their sessions. */
  step(control: Pick<DynamicSecurity, "run">): Promise<number>;
};

const lookMs = 1000;
const againMs = 10_000;

/**
 * Mosquitto lets in whoever has a stored password, asked or not. The guard shuts that door when nobody keeps the
 * passwords; the authority opens it again for each client that logs in anew.
 */
export function createMosquittoGuard(options: MosquittoGuardOptions): MosquittoGuard {
  const { log, clock, silenceMs } = options;
  let heardAtMs = clock.elapsedMs();
  return {
    heard() {
      heardAtMs = clock.elapsedMs();
    },
    async step({ run }) {
      const silentMs = clock.elapsedMs() - heardAtMs;
      if (silentMs < silenceMs) return Math.min(lookMs, silenceMs - silentMs);
      const { clients } = await listManaged(run);
      const open = clients.filter(({ disabled }) => !disabled);
      if (open.length > 0) {
        await run(open.map(({ username }) => ({ command: "disableClient", username })));
        log.warn({ clients: open.length, silentMs }, "authority silent: clients disabled");
      }
      return againMs;
    },
  };
}
