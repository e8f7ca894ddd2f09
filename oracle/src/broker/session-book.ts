import type { Login } from "../access/types.ts";
import type { BrokerAuthority } from "./types.ts";

type Use = "publish" | "subscribe";

type Session = {
  readonly login: Login;
  readonly cut: (code: string) => void;
  /** What it was granted, so that the end of a right ends it. */
  readonly granted: Map<string, Use>;
};

/** The live sessions of a broker, by client id. */
export type SessionBook = {
  readonly size: number;
  /** @param cut Ends the session's connection; called once at most */
  open(clientId: string, login: Login, cut: (code: string) => void): void;
  close(clientId: string): void;
  /** How many sessions `who` has. */
  countOf(who: string): number;
  /** Asks the authority and notes what it grants. */
  allows(clientId: string, use: Use, topic: string): boolean;
  /** Cuts every session whose login no longer stands, or that lost a right it made use of. */
  recheck(): void;
};

/** Topics that one session may use: what is not noted could not be taken back. */
const maxGranted = 1000;

const keyOf = (use: Use, topic: string) => `${use} ${topic}`;

export function createSessionBook(authority: BrokerAuthority): SessionBook {
  const sessions = new Map<string, Session>();

  const isAllowed = (login: Login, use: Use, topic: string) =>
    use === "publish"
      ? authority.mayPublish(login.who, topic)
      : authority.maySubscribe(login.who, topic);

  const objectionTo = ({ login, granted }: Session): string | undefined => {
    const objection = authority.objection(login);
    if (objection !== undefined) return objection;
    for (const [key, use] of granted) {
      if (!isAllowed(login, use, key.slice(use.length + 1))) return "GRANT_ENDED";
    }
    return undefined;
  };

  return {
    get size() {
      return sessions.size;
    },
    open(clientId, login, cut) {
      sessions.set(clientId, { login, cut, granted: new Map() });
    },
    close(clientId) {
      sessions.delete(clientId);
    },
    countOf(who) {
      let count = 0;
      for (const { login } of sessions.values()) if (login.who === who) count++;
      return count;
    },
    allows(clientId, use, topic) {
      const session = sessions.get(clientId);
      if (session === undefined || !isAllowed(session.login, use, topic)) return false;
      const key = keyOf(use, topic);
      if (session.granted.size >= maxGranted && !session.granted.has(key)) return false;
      session.granted.set(key, use);
      return true;
    },
    recheck() {
      for (const [clientId, session] of [...sessions]) {
        const objection = objectionTo(session);
        if (objection === undefined || sessions.get(clientId) !== session) continue;
        sessions.delete(clientId);
        session.cut(objection);
      }
    },
  };
}
