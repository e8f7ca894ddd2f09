import { FieldsealError } from "@fieldseal/sdk";
import type { FastifyInstance } from "fastify";
import { loop } from "../internal/loop.ts";
import type { ApiContext, ApiSources } from "./api-context.ts";
import { buildApp } from "./build-app.ts";
import { createLiveFeed } from "./live-feed.ts";
import { LiveHub } from "./live-hub.ts";
import { createStreamSlots } from "./stream-slots.ts";

/** Bounds of what strangers may ask of the API. */
export type ApiLimits = {
  /** Requests a minute from one address; handing in messages has its own limit in ingest. */
  readonly requestsPerMinute: number;
  /** Exports under way at once. */
  readonly streams: number;
  /** Live streams open at once. */
  readonly liveClients: number;
  /** Bytes kept for a live client that reads slowly. */
  readonly liveBufferBytes: number;
};

const defaultApiLimits: ApiLimits = {
  requestsPerMinute: 3000,
  streams: 16,
  liveClients: 256,
  liveBufferBytes: 256 * 1024,
};

export type ApiOptions = ApiSources & { readonly limits?: Partial<ApiLimits> };

/** The HTTP side of an oracle. */
export type Api = {
  readonly app: FastifyInstance;
  /** Listens, port 0 takes a free one. @returns the URL */
  listen(where: { host: string; port: number }): Promise<string>;
  /** Ends live streams and connections. */
  stop(): Promise<void>;
};

const heartbeatMs = 15_000;
const finishWithinMs = 2000;

/** What a server says that cannot listen. */
export function portTaken(error: unknown, host: string, port: number): unknown {
  const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
  if (!isTaken) return error;
  const message = `Something else listens on ${host}:${port}.`;
  return new FieldsealError("PORT_IN_USE", message, { host, port }, { cause: error });
}

/** Composes the API; nothing is served before `listen`. */
export async function createApi(options: ApiOptions): Promise<Api> {
  const limits = { ...defaultApiLimits, ...options.limits };
  const live = new LiveHub({
    maxClients: limits.liveClients,
    maxBufferedBytes: limits.liveBufferBytes,
  });
  const feed = createLiveFeed(options.store, live);
  const context: ApiContext = {
    ...options,
    streams: createStreamSlots(limits.streams),
    async openLive(wants) {
      const stream = live.subscribe(wants);
      await feed.begin();
      return stream;
    },
  };
  const { log, clock } = options.common;
  const app = await buildApp(context, {
    logger: log.child({ part: "api" }),
    requestsPerMinute: limits.requestsPerMinute,
    ...(options.doors === undefined ? {} : { doors: options.doors }),
  });
  const ending = new AbortController();
  let beatAtMs = clock.elapsedMs();

  async function step(): Promise<number> {
    if (clock.elapsedMs() - beatAtMs >= heartbeatMs) {
      beatAtMs = clock.elapsedMs();
      live.heartbeat();
    }
    return feed.step();
  }

  let running: Promise<void> | undefined;
  return {
    app,
    async listen({ host, port }) {
      const url = await app.listen({ host, port }).catch((error: unknown) => {
        throw portTaken(error, host, port);
      });
      const onError = (error: unknown) => {
        log.error({ err: error }, "live feed failed");
        return 5000;
      };
      running = loop(step, { signal: ending.signal, onError }).done;
      return url;
    },
    async stop() {
      ending.abort();
      await running;
      live.close();
      // What is under way is finished, unless its reader does not read.
      const cut = setTimeout(() => app.server.closeAllConnections(), finishWithinMs);
      await app.close();
      clearTimeout(cut);
    },
  };
}
