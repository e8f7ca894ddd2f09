import { sdkError } from "../errors/sdk-error.ts";
import type { MqttLike, MqttOpenOptions } from "./ports.ts";

type Password = { readonly username: string; readonly password: string };

export type ExchangeOptions = {
  /** Topics beside its own that the client means to use, by their whole names; 100 at most. */
  readonly topics?: readonly string[] | undefined;
};

const timeoutMs = 15_000;

/**
 * {@link MqttLike} for a broker that cannot judge login tokens, as Mosquitto: before each attempt the token is
 * exchanged for a password that lives as long as it. The token travels in the request, so the URL should be https.
 * @param service URL of the oracle's HTTP, as `https://oracle.example`
 */
export function exchangeLogin(
  mqtt: MqttLike,
  service: string,
  { topics }: ExchangeOptions = {},
): MqttLike {
  const url = new URL("v1/broker/login", service.endsWith("/") ? service : `${service}/`);
  return {
    async open(open) {
      return mqtt.open({ ...open, ...(await passwordFor(url, open, topics)) });
    },
  };
}

async function passwordFor(
  url: URL,
  { clientId, password: token, signal }: MqttOpenOptions,
  topics: readonly string[] | undefined,
): Promise<Password> {
  const { status, answer } = await ask(url, { clientId, token, topics }, signal);
  if (status === 200) {
    const { username, password } = answer;
    if (typeof username === "string" && typeof password === "string") return { username, password };
    throw sdkError("MQTT_CONNECT", `${url.origin} is no Fieldseal service.`, {});
  }
  const details = { code: String(answer.code ?? ""), status };
  const isRefusal = status === 400 || status === 401 || status === 403;
  throw isRefusal
    ? sdkError("MQTT_LOGIN", `The service refused the login: ${details.code}.`, details)
    : sdkError("MQTT_CONNECT", `The service answers ${status}.`, details);
}

async function ask(
  url: URL,
  request: object,
  signal: AbortSignal | undefined,
): Promise<{ status: number; answer: Record<string, unknown> }> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
      redirect: "error",
    });
    const answer: unknown = await response.json();
    const isObject = typeof answer === "object" && answer !== null;
    return { status: response.status, answer: isObject ? { ...answer } : {} };
  } catch (cause) {
    throw sdkError("MQTT_CONNECT", `${url.origin} does not answer.`, {}, cause);
  }
}
