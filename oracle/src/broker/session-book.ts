import type { Login } from "../access/types.ts";
import { type SessionRights, sessionRights, type TopicUse } from "./session-rights.ts";
import type { BrokerAuthority } from "./types.ts";

type Session = { readonly rights: SessionRights; readonly cut: (code: string) => void };

/** The live sessions of a broker, by client id. */
export type SessionBook = {
  readonly size: number;
  /** @param cut Ends the session's connection; called once at most */
  open(clientId: string, login: Login, cut: (code: string) => void): void;
  close(clientId: string): void;
  /** How many sessions `who` has. */
  countOf(who: string): number;
  /** Asks the authority and notes what it grants. */
  allows(clientId: string, use: TopicUse, topic: string): boolean;
  /**
   * Cuts every session whose login no longer stands, or that lost a right it made use of: the first ones at once, the
   * rest in slices, so that messages go on. Called while it runs, it begins anew after that.
   */
  recheck(): void;
  /** As `recheck`; resolves when every session was looked at. */
  rechecked(): Promise<void>;
};

/** Sessions looked at without a pause. */
const sliceLength = 256;

/** @param prefix Of topics, without trailing slash */
export function createSessionBook(authority: BrokerAuthority, prefix: string): SessionBook {
  const sessions = new Map<string, Session>();
  let isRunning = false;
  let isWanted = false;
  let waiting: (() => void)[] = [];

  const look = (clientId: string, session: Session) => {
    const objection = session.rights.objection();
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
      sessions.set(clientId, { rights: sessionRights(authority, prefix, login), cut });
    },
    close(clientId) {
      sessions.delete(clientId);
    },
    countOf(who) {
      let count = 0;
      for (const { rights } of sessions.values()) if (rights.login.who === who) count++;
      return count;
    },
    allows: (clientId, use, topic) => sessions.get(clientId)?.rights.allows(use, topic) ?? false,
    recheck,
    rechecked: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        recheck();
      }),
  };
}
