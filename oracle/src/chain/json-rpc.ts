import { FieldsealError } from "@fieldseal/sdk";
import type { BlockRef } from "./types.ts";

/** A chain client's JSON-RPC, one call a request. */
export type Rpc = {
  /** Where the client is, without path, query and credentials: URLs may hold a provider's key. */
  readonly place: string;
  /**
   * @throws CHAIN_UNREACHABLE when no answer came
   * @throws CHAIN_RPC when the client answered with an error; `details` hold its code and data
   */
  request(method: string, params?: readonly unknown[]): Promise<unknown>;
  /** What several endpoints of one chain can do beyond that. */
  readonly endpoints?: Endpoints;
};

/** Several endpoints behind one `Rpc`, which asks the first that is fit. */
export type Endpoints = {
  readonly count: number;
  /** One of them, for reads that belong together: two endpoints may be at different blocks. */
  pin(): PinnedRpc;
  /** What each endpoint in use answers; those that fail are left out. */
  everywhere(method: string, params: readonly unknown[]): Promise<unknown[]>;
  /** From now on an endpoint must have this final block. */
  anchor(block: BlockRef): void;
};

export type PinnedRpc = Rpc & {
  /** Takes the endpoint out of use because of what it served, if another one can serve instead. @returns whether one can */
  distrust(error: FieldsealError): boolean;
};

type Answer = {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code?: number; readonly message?: string; readonly data?: unknown };
};

/** An answer longer than this is not read to its end: it is no answer to anything that is asked here. */
const maxAnswerBytes = 128 * 1024 * 1024;

/** HTTP statuses that tell of the endpoint and not of the call, whatever the body says. */
const endpointStatuses: ReadonlySet<number> = new Set([401, 403, 429, 502, 503, 504]);

function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== "http:" && parsed?.protocol !== "https:") {
    throw new FieldsealError("CHAIN_URL", "The chain's URL is not an http(s) URL.");
  }
  return parsed;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time";
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function unreachable(place: string, reason: string, cause?: unknown): FieldsealError {
  const options = cause === undefined ? {} : { cause };
  return new FieldsealError(
    "CHAIN_UNREACHABLE",
    `The chain at ${place} cannot be reached: ${reason}.`,
    { place },
    options,
  );
}

async function textOf(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw new Error("the answer is too long");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** A data field of revert information, which clients nest in different ways. */
function revertData(data: unknown): string | undefined {
  if (typeof data === "string") return /0x[0-9a-f]*/i.exec(data)?.[0];
  if (typeof data !== "object" || data === null) return undefined;
  return "data" in data ? revertData(data.data) : undefined;
}

/** Authorisation from `user:password@` in a URL, which `fetch` does not take there. */
function withoutCredentials(url: URL): { target: string; headers: Record<string, string> } {
  const headers = { "content-type": "application/json" };
  if (url.username === "" && url.password === "") return { target: url.href, headers };
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  const authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
  return { target: bare.href, headers: { ...headers, authorization } };
}

type JsonRpcOptions = {
  /** How long one call may take; 20 s if left out. */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  /** Ends every call, those under way and those to come. */
  readonly hangUp?: AbortSignal | undefined;
};

/** Aborts when its time is over or with `hangUp`; `release` when it is not needed any more. */
function callSignal(timeoutMs: number, hangUp: AbortSignal | undefined) {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new DOMException("timeout", "TimeoutError"));
  }, timeoutMs);
  const end = () => controller.abort(new DOMException("the service ends", "AbortError"));
  if (hangUp?.aborted) end();
  hangUp?.addEventListener("abort", end);
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      hangUp?.removeEventListener("abort", end);
    },
  };
}

/**
 * Speaks JSON-RPC over HTTP, without batches and without retries: the caller's loop decides.
 * @throws CHAIN_URL
 */
export function jsonRpc(url: string, options: JsonRpcOptions = {}): Rpc {
  const { timeoutMs = 20_000, maxBytes = maxAnswerBytes, hangUp } = options;
  const parsed = parseUrl(url);
  const place = parsed.origin;
  const { target, headers } = withoutCredentials(parsed);
  let lastId = 0;

  async function post(id: number, body: string): Promise<Answer> {
    const { signal, release } = callSignal(timeoutMs, hangUp);
    try {
      return await postWithin(signal, id, body);
    } finally {
      release();
    }
  }

  async function postWithin(signal: AbortSignal, id: number, body: string): Promise<Answer> {
    let response: Response;
    try {
      response = await fetch(target, { method: "POST", headers, body, signal });
    } catch (error) {
      throw unreachable(place, reasonOf(error), error);
    }
    const { status } = response;
    if (endpointStatuses.has(status)) {
      await response.body?.cancel().catch(() => undefined);
      throw unreachable(place, `HTTP ${status}`);
    }
    let answer: unknown;
    try {
      // Some clients send the JSON-RPC error with HTTP status 4xx: the body decides.
      answer = JSON.parse(await textOf(response, maxBytes));
    } catch (error) {
      throw unreachable(place, `HTTP ${status}, ${reasonOf(error)}`, error);
    }
    if (typeof answer !== "object" || answer === null) {
      throw unreachable(place, `HTTP ${status} without a JSON-RPC answer`);
    }
    if ("id" in answer && answer.id !== null && String(answer.id) !== String(id)) {
      throw unreachable(place, "the answer belongs to another request");
    }
    return answer;
  }

  return {
    place,
    async request(method, params = []) {
      lastId += 1;
      const id = lastId;
      const { error, result } = await post(
        id,
        JSON.stringify({ jsonrpc: "2.0", id, method, params }),
      );
      if (error !== undefined && error !== null) {
        const { code, message = "error without a message" } = error;
        throw new FieldsealError("CHAIN_RPC", `${method}: ${message}`, {
          method,
          rpcCode: code,
          data: revertData(error.data),
        });
      }
      return result;
    },
  };
}
