import { FieldsealError } from "@fieldseal/sdk";

/** A broker's HTTP API for its operator. */
export type ManagementApi = {
  /** @returns the answer's JSON. @throws BROKER_MANAGEMENT */
  get(path: string): Promise<unknown>;
  /** What is not there any more counts as deleted. @throws BROKER_MANAGEMENT */
  remove(path: string): Promise<void>;
};

const timeoutMs = 5000;

/** @param url With user name and password (EMQX: API key and secret), as `http://user:password@127.0.0.1:15672` */
export function managementApi(url: string): ManagementApi {
  const { origin, pathname, username, password } = new URL(url);
  const login = [username, password].map(decodeURIComponent).join(":");
  const headers = { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
  const base = `${origin}${pathname.replace(/\/$/, "")}`;

  async function ask(method: string, path: string): Promise<Response> {
    const failure = (why: string, cause?: unknown) =>
      new FieldsealError("BROKER_MANAGEMENT", `${origin} ${why}.`, { origin }, { cause });
    let response: Response;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      response = await fetch(`${base}${path}`, { method, headers, signal, redirect: "error" });
    } catch (cause) {
      throw failure("does not answer", cause);
    }
    if (response.ok || (method === "DELETE" && response.status === 404)) return response;
    await response.body?.cancel();
    throw failure(`answers ${method} with ${response.status}`);
  }

  return {
    async get(path) {
      return (await ask("GET", path)).json();
    },
    async remove(path) {
      await (await ask("DELETE", path)).body?.cancel();
    },
  };
}
