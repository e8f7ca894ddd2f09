import type { Login } from "../access/types.ts";
import type { BrokerAuthority } from "./types.ts";

export type TopicUse = "publish" | "subscribe";

/** What one session may do, and what it made use of. */
export type SessionRights = {
  readonly login: Login;
  /** Asks the authority, and notes what it grants. */
  allows(use: TopicUse, topic: string): boolean;
  /** Why the session is to be cut: its login no longer stands, or a right it made use of ended. */
  objection(): string | undefined;
};

/** Topics that one session may use beside its own: what is not noted could not be taken back. */
const maxGranted = 1000;

/** @param prefix Of topics, without trailing slash */
export function sessionRights(
  authority: BrokerAuthority,
  prefix: string,
  login: Login,
): SessionRights {
  const granted = new Map<string, TopicUse>();
  const isAllowed = (use: TopicUse, topic: string) =>
    use === "publish"
      ? authority.mayPublish(login.who, topic)
      : authority.maySubscribe(login.who, topic);
  return {
    login,
    allows(use, topic) {
      if (!isAllowed(use, topic)) return false;
      // Its own topics are its own as long as its login stands.
      if (topic.startsWith(`${prefix}/${login.who}/`)) return true;
      const key = `${use} ${topic}`;
      if (granted.size >= maxGranted && !granted.has(key)) return false;
      granted.set(key, use);
      return true;
    },
    objection() {
      const objection = authority.objection(login);
      if (objection !== undefined) return objection;
      for (const [key, use] of granted) {
        if (!isAllowed(use, key.slice(use.length + 1))) return "GRANT_ENDED";
      }
      return undefined;
    },
  };
}
