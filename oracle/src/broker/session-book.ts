import type { Login } from "../access/types.ts";
import type { BrokerAuthority } from "./types.ts";

type Use = "publish" | "subscribe";

type Session = {
  readonly login: Login;
  readonly cut: (code: string) => void;
  /** What it was granted beside its own topics, so that the end of a right ends it. */
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
  /**
   * Cuts every session whose login no longer stands, or that lost a right it made use of: the first ones at once, the
   * rest in slices, so that messages go on. Called while it runs, it begins anew after that.
   */
  recheck(): void;
  /** As `recheck`; resolves when every session was looked at. */
  rechecked(): Promise<void>;
};

/** Topics that one session may use beside its own: what is not noted could not be taken back. */
const maxGranted = 1000;

/** Sessions looked at without a pause. */
const sliceLength = 256;

const keyOf = (use: Use, topic: string) => `${use} ${topic}`;

/** @param prefix Of topics, without trailing slash */
export function createSessionBook(authority: BrokerAuthority, prefix: string): SessionBook {
  const sessions = new Map<string, Session>();
  let isRunning = false;
  let isWanted = false;
  let waiting: (() => void)[] = [];

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

  const look = (clientId: string, session: Session) => {
    const objection = objectionTo(session);
    if (objection === undefined || sessions.get(clientId) !== session) return;
    sessions.delete(clientId);
    session.cut(objection);
  };

  const runSlice = (all: readonly (readonly [string, Session])[], from: number) => {
    for (const [clientId, session] of all.slice(from, from + sliceLength)) look(clientId, session);
    if (from + sliceLength < all.length) {
      setImmediate(runSlice, all, from + sliceLength);
      return;
    }
    isRunning = false;
    if (isWanted) {
      begin();
      return;
    }
    const done = waiting;
    waiting = [];
    for (const resolve of done) resolve();
  };

  const begin = () => {
    isRunning = true;
    isWanted = false;
    runSlice([...sessions], 0);
  };

  const recheck = () => {
    if (isRunning) isWanted = true;
    else begin();
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
      // Its own topics are its own as long as its login stands.
      if (topic.startsWith(`${prefix}/${session.login.who}/`)) return true;
      const key = keyOf(use, topic);
      if (session.granted.size >= maxGranted && !session.granted.has(key)) return false;
      session.granted.set(key, use);
      return true;
    },
    recheck,
    rechecked: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        recheck();
      }),
  };
}
