import { topicsOf } from "@fieldseal/sdk";
import type { Hex } from "../../chain/types.ts";
import type { BrokerAuthority } from "../types.ts";

/** A rule of a role in Mosquitto's dynamic security. */
export type RoleRule = {
  readonly acltype: "publishClientSend" | "publishClientReceive" | "subscribeLiteral";
  readonly topic: string;
  readonly allow: true;
};

/**
 * The rules of a client's role: what the authority allows it of `topics`, by their whole names. Receiving is a right
 * of its own, judged at each delivery, so a right that ends reaches subscriptions that are open.
 */
export function clientRights(
  authority: BrokerAuthority,
  username: string,
  topics: readonly string[],
): RoleRule[] {
  const rules: RoleRule[] = [];
  for (const topic of topics) {
    if (authority.mayPublish(username, topic)) {
      rules.push({ acltype: "publishClientSend", topic, allow: true });
    }
    if (authority.maySubscribe(username, topic)) {
      rules.push({ acltype: "subscribeLiteral", topic, allow: true });
      rules.push({ acltype: "publishClientReceive", topic, allow: true });
    }
  }
  return rules;
}

/** The topics of a client itself. */
export const ownTopics = (prefix: string, username: string): readonly string[] =>
  Object.values(topicsOf(prefix, username as Hex));
