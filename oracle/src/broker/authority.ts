import {
  checkLoginClaims,
  type DeviceId,
  defaultTopicPrefix,
  FieldsealError,
  hex,
  type LoginToken,
  type PublicKey,
  parseLoginToken,
  topicsOf,
} from "@fieldseal/sdk";
import { verifySignature } from "@fieldseal/sdk/node";
import type { DeviceDirectory } from "../chain/types.ts";
import type { Clock } from "../internal/clock.ts";
import type { BrokerAuthority, Credentials, Login } from "./types.ts";

export type BrokerAuthorityOptions = {
  readonly directory: DeviceDirectory;
  /** The deployment, from messageDomain. */
  readonly domain: Uint8Array;
  /** Name of this authority; with the domain it is the tokens' audience. */
  readonly name: string;
  readonly clock: Clock;
  readonly prefix?: string;
};

/**
 * The authority over one broker: a client is a device, its rights follow the chain as of the judged
 * block. It looks at the device again after the signature check, so a change meanwhile counts.
 */
export function createBrokerAuthority(options: BrokerAuthorityOptions): BrokerAuthority {
  const { directory, clock, prefix = defaultTopicPrefix } = options;
  const audience = `${hex(options.domain)}/${options.name}`;
  const nowS = () => Math.floor(clock.nowMs() / 1000);

  const activeKey = (device: DeviceId): { key: PublicKey; keyIndex: number } => {
    const known = directory.lookup(device);
    if (known === undefined) throw refusal("DEVICE_UNKNOWN", "The device is not enrolled.");
    if (known.status === "suspended") throw refusal("DEVICE_SUSPENDED", "It is suspended.");
    if (known.status === "retired") throw refusal("DEVICE_RETIRED", "It is retired.");
    const keyIndex = known.currentKeyIndex;
    const found = known.key(keyIndex);
    if (found === undefined) throw refusal("KEY_UNKNOWN", "Its current key is not known.");
    return { key: found.key, keyIndex };
  };

  const admit = async (credentials: Credentials): Promise<Login> => {
    const token = parseLoginToken(credentials.password ?? "");
    const { device } = token;
    if (credentials.clientId !== device || credentials.username !== device) {
      throw refusal("LOGIN_IDENTITY", "Client id, username and token name different devices.");
    }
    const { key, keyIndex } = activeKey(device);
    checkLoginClaims(token, { keyType: key.keyType, audience, nowS: nowS() });
    if (!(await isSigned(token, key))) {
      throw refusal("LOGIN_SIGNATURE", "The token is not signed by the device's current key.");
    }
    const login = { device, keyIndex, expiresS: token.expiresS };
    const objection = objectionTo(login);
    if (objection !== undefined) throw refusal(objection, "The device changed meanwhile.");
    return login;
  };

  const objectionTo = ({ device, keyIndex, expiresS }: Login): string | undefined => {
    if (expiresS <= nowS()) return "LOGIN_EXPIRED";
    try {
      return activeKey(device).keyIndex === keyIndex ? undefined : "LOGIN_SIGNATURE";
    } catch (error) {
      return codeOf(error);
    }
  };

  return {
    async login(credentials) {
      try {
        return await admit(credentials);
      } catch (error) {
        return { refused: codeOf(error) };
      }
    },
    objection: objectionTo,
    mayPublish(device, topic) {
      const { up, state } = topicsOf(prefix, device);
      return topic === up || topic === state;
    },
    maySubscribe(device, topic) {
      const { receipt, command, market } = topicsOf(prefix, device);
      return topic === receipt || topic === command || topic === market;
    },
  };
}

function isSigned({ signingInput, signature }: LoginToken, key: PublicKey): Promise<boolean> {
  return verifySignature(key, signingInput, signature);
}

function refusal(code: string, message: string): FieldsealError {
  return new FieldsealError(code, message);
}

function codeOf(error: unknown): string {
  if (error instanceof FieldsealError) return error.code;
  throw error;
}
