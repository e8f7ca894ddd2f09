import { FieldsealError } from "@fieldseal/sdk";

/** A chain client's JSON-RPC, one call a request. */
export type Rpc = {
  /** Where the client is, without path, query and credentials: URLs may hold a provider's key. */
  readonly place: string;
  /**
   * @throws CHAIN_UNREACHABLE when no answer came
   * @throws CHAIN_RPC when the client answered with an error; `details` hold its code and data
   */
  request(method: string, params?: readonly unknown[]): Promise<unknown>;
};

type Answer = {
  readonly result?: unknown;
  readonly error?: { readonly code?: number; readonly message?: string; readonly data?: unknown };
};

function placeOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== "http:" && parsed?.protocol !== "https:") {
    throw new FieldsealError("CHAIN_URL", "The chain's URL is not an http(s) URL.");
  }
  return parsed.origin;
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

async function post(url: string, place: string, body: string, timeoutMs: number): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    throw unreachable(place, reasonOf(error), error);
  }
  try {
    // Some clients send the JSON-RPC error with HTTP status 4xx: the body decides.
    const answer: unknown = await response.json();
    if (typeof answer === "object" && answer !== null) return answer;
  } catch (error) {
    throw unreachable(place, `HTTP ${response.status}, ${reasonOf(error)}`, error);
  }
  throw unreachable(place, `HTTP ${response.status} without a JSON-RPC answer`);
}

/** A data field of revert information, which clients nest in different ways. */
function revertData(data: unknown): string | undefined {
  if (typeof data === "string") return /0x[0-9a-f]*/i.exec(data)?.[0];
  if (typeof data !== "object" || data === null) return undefined;
  return "data" in data ? revertData(data.data) : undefined;
}

/**
 * Speaks JSON-RPC over HTTP, without batches and without retries: the caller's loop decides.
 * @param timeoutMs How long one call may take
 * @throws CHAIN_URL
 */
export function jsonRpc(url: string, { timeoutMs = 20_000 } = {}): Rpc {
  const place = placeOf(url);
  let id = 0;
  return {
    place,
    async request(method, params = []) {
      id += 1;
      const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
      const { error, result } = await post(url, place, body, timeoutMs);
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
