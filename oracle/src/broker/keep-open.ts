import type { Logger } from "pino";

/**
 * Delays before a connection is made again, milliseconds: they double from the first to the longest, until one stood for
 * the longest.
 */
export type Reconnect = { readonly firstMs: number; readonly maxMs: number };

/** A connection that may break. */
export type Breakable = {
  /** Settles when it is over, with what ended it. */
  readonly closed: Promise<unknown>;
  /** Ends it at once. */
  destroy(): void;
};

export type KeptOpen<Connection> = {
  /** The connection while it stands. */
  current(): Connection | undefined;
  /** Ends the attempts to make it again, and hands over the one that stands. */
  release(): Connection | undefined;
};

/**
 * A connection that comes back with growing delays, a fresh one each time.
 * @param open Makes one that is ready for use
 * @throws the first attempt's error
 */
export async function keepOpen<Connection extends Breakable>(
  open: () => Promise<Connection>,
  { log, name, reconnect }: { log: Logger; name: string; reconnect: Reconnect },
): Promise<KeptOpen<Connection>> {
  let current: Connection | undefined;
  let isReleased = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  const openOne = async (): Promise<void> => {
    const connection = await open();
    if (isReleased) return connection.destroy();
    current = connection;
    // One that breaks as soon as it is there counts as a failure: two that throw each other out must not go on so.
    const proven = setTimeout(() => {
      failures = 0;
    }, reconnect.maxMs).unref();
    void connection.closed.then((reason) => {
      clearTimeout(proven);
      if (current !== connection) return;
      current = undefined;
      if (!isReleased) retryLater(reason);
    });
  };

  const retryLater = (reason: unknown) => {
    const delayMs = Math.min(reconnect.maxMs, reconnect.firstMs * 2 ** Math.min(failures, 20));
    failures += 1;
    log.warn({ connection: name, delayMs, err: reason }, "broker connection lost");
    timer = setTimeout(() => {
      openOne().catch((error: unknown) => {
        if (!isReleased) retryLater(error);
      });
    }, delayMs);
  };

  await openOne();
  return {
    current: () => current,
    release() {
      isReleased = true;
      clearTimeout(timer);
      const last = current;
      current = undefined;
      return last;
    },
  };
}
