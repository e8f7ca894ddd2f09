import { FieldsealError } from "@fieldseal/sdk";
import { connect, type IClientOptions } from "mqtt";
import { isLoginCode } from "./login-codes.ts";

/**
 * Whether a broker speaks MQTT 5 with shared subscriptions (5), or only MQTT 3.1.1 (4).
 * @throws FieldsealError MQTT_CONNECT, MQTT_LOGIN
 */
export async function probeProtocol(url: string, options: IClientOptions): Promise<4 | 5> {
  const modern = await attempt(url, options, 5);
  if (modern.kind === "shared") return 5;
  if (modern.kind === "login") throw loginError(modern.code);
  const plain = modern.kind === "unshared" ? modern : await attempt(url, options, 4);
  if (plain.kind === "login") throw loginError(plain.code);
  if (plain.kind === "failed") {
    throw new FieldsealError("MQTT_CONNECT", `No broker answers: ${plain.reason}`);
  }
  if (modern.kind === "unshared") return 4;
  // A broker that was about to start refuses the first attempt whatever it speaks; what is found holds until the end.
  const again = await attempt(url, options, 5);
  return again.kind === "shared" ? 5 : 4;
}

type Attempt =
  | { readonly kind: "shared" | "unshared" }
  | { readonly kind: "login"; readonly code: number }
  | { readonly kind: "failed"; readonly reason: string };

function attempt(url: string, options: IClientOptions, protocolVersion: 4 | 5): Promise<Attempt> {
  return new Promise((resolve) => {
    const client = connect(url, {
      ...options,
      protocolVersion,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
    });
    const settle = (result: Attempt) => {
      client.end(true);
      resolve(result);
    };
    client.once("connect", ({ properties }) => {
      const isShared = protocolVersion === 5 && properties?.sharedSubscriptionAvailable !== false;
      settle({ kind: isShared ? "shared" : "unshared" });
    });
    client.on("error", (error: Error & { code?: unknown }) => {
      const { code } = error;
      const isLogin = typeof code === "number" && isLoginCode(code);
      settle(isLogin ? { kind: "login", code } : { kind: "failed", reason: error.message });
    });
    client.once("close", () => settle({ kind: "failed", reason: "the connection was closed" }));
  });
}

function loginError(code: number): FieldsealError {
  return new FieldsealError("MQTT_LOGIN", "The broker refused the login.", { code });
}
