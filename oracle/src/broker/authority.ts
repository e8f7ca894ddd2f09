import { FieldsealError } from "@fieldseal/sdk";
import type { Authenticator } from "../access/authenticator.ts";
import type { Login } from "../access/types.ts";
import type { Hex } from "../chain/types.ts";
import type { TopicRights } from "./topic-rights.ts";
import type { BrokerAuthority, Credentials } from "./types.ts";

export type BrokerAuthorityOptions = {
  readonly authenticator: Authenticator;
  readonly topics: TopicRights;
};

/** Of an account's client id, so that one person has several clients: `0x…/phone`. */
const suffixPattern = /^\/[\w.-]{1,32}$/;

const isAddress = (who: string): who is Hex => /^0x[0-9a-f]{40}$/.test(who);

function ownsClientId({ kind, who }: Login, clientId: string): boolean {
  if (clientId === who) return true;
  return (
    kind === "account" && clientId.startsWith(who) && suffixPattern.test(clientId.slice(who.length))
  );
}

function codeOf(error: unknown): string {
  if (error instanceof FieldsealError) return error.code;
  throw error;
}

/**
 * The authority over brokers. A client is a device with a token of its current key, or an account that signed in
 * (its session token is the password); its rights follow the chain.
 */
export function createBrokerAuthority(options: BrokerAuthorityOptions): BrokerAuthority {
  const { authenticator, topics } = options;

  const admit = async ({ clientId, username, password }: Credentials): Promise<Login> => {
    const login = await authenticator.authenticate(password ?? "");
    if (username !== login.who || !ownsClientId(login, clientId)) {
      const message = "Client id, username and token name different clients.";
      throw new FieldsealError("LOGIN_IDENTITY", message);
    }
    return login;
  };

  return {
    async login(credentials) {
      try {
        return await admit(credentials);
      } catch (error) {
        return { refused: codeOf(error) };
      }
    },
    objection: (login) => authenticator.objection(login),
    mayPublish: (who, topic) => isAddress(who) && topics.mayPublish(who, topic),
    maySubscribe: (who, topic) => isAddress(who) && topics.maySubscribe(who, topic),
  };
}
