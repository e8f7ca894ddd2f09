import { defaultTopicPrefix, topicsOf } from "@fieldseal/sdk";
import { z } from "zod";
import type { Hex } from "../../chain/types.ts";
import type { RemoteSessions } from "../remote-sessions.ts";
import type { TopicUse } from "../session-rights.ts";

const clientSchema = z.object({ clientid: z.string(), username: z.string() });
const loginSchema = clientSchema.extend({ password: z.string() });
const useSchema = clientSchema.extend({
  action: z.enum(["publish", "subscribe"]),
  topic: z.string(),
});

type Rule = {
  readonly permission: "allow";
  readonly action: TopicUse;
  readonly topic: string;
};

/** The answer of EMQX's HTTP authentication. */
type EmqxLogin =
  | { readonly result: "deny" }
  | {
      readonly result: "allow";
      readonly is_superuser: false;
      /** When EMQX ends the session, seconds since 1970; EMQX 5.8 and later. */
      readonly expire_at: number;
      /** The client's own topics; what it does not name goes to the HTTP authorisation. EMQX 5.8 and later. */
      readonly acl: readonly Rule[];
    };

export type EmqxDoor = {
  authenticate(body: unknown): Promise<EmqxLogin>;
  authorize(body: unknown): { readonly result: "allow" | "deny" };
};

const denied = { result: "deny" } as const;

/**
 * Answers EMQX. The topics of the client itself go with its login, so that they hold while the authority is away;
 * everything else is asked for each time.
 */
export function createEmqxDoor(
  sessions: RemoteSessions,
  prefix: string = defaultTopicPrefix,
): EmqxDoor {
  return {
    async authenticate(body) {
      const asked = loginSchema.safeParse(body);
      if (!asked.success) return denied;
      const { clientid: clientId, username, password } = asked.data;
      const client = { clientId, username };
      const login = await sessions.login(client, password);
      if (login === undefined) return denied;
      const own = Object.values(topicsOf(prefix, username as Hex));
      const rules = (action: TopicUse) =>
        sessions
          .grants(client, action, own)
          .map((topic) => ({ permission: "allow", action, topic: `eq ${topic}` }) as const);
      return {
        result: "allow",
        is_superuser: false,
        expire_at: login.expiresS,
        acl: [...rules("publish"), ...rules("subscribe")],
      };
    },
    authorize(body) {
      const asked = useSchema.safeParse(body);
      if (!asked.success) return denied;
      const { clientid: clientId, username, action, topic } = asked.data;
      return sessions.allows({ clientId, username }, action, topic) ? { result: "allow" } : denied;
    },
  };
}
