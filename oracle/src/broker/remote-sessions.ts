import type { Login } from "../access/types.ts";
import type { Common } from "../internal/common.ts";
import { type SessionRights, sessionRights, type TopicUse } from "./session-rights.ts";
import type { BrokerAuthority } from "./types.ts";

/** A client of a broker elsewhere. */
export type RemoteClient = { readonly clientId: string; readonly username: string };

type Session = RemoteClient & {
  /** Brokers remember answers: the end of a right that was given must end the session. */
  readonly rights: SessionRights;
};

export type RemoteSessionsOptions = {
  readonly common: Common;
  readonly authority: BrokerAuthority;
  /** Of topics, without trailing slash. */
  readonly prefix: string;
  /** Ends a client's connections at the broker; of no effect if there are none. */
  cut(client: RemoteClient): Promise<void>;
  /** Everyone that the broker has connected, its own users too; a broker that tells no client ids gives user names. */
  connected(): Promise<readonly RemoteClient[]>;
};

/** What the authority remembers of logins at a broker that asks it. */
export type RemoteSessions = {
  readonly size: number;
  /** Logs in, and remembers it until it ends. @returns undefined if the login is refused */
  login(client: RemoteClient, password: string): Promise<Login | undefined>;
  /** Whether the client logged in and its login stands. */
  stands(client: RemoteClient): boolean;
  /** Whether the client, logged in, may use the topic. */
  allows(client: RemoteClient, use: TopicUse, topic: string): boolean;
  /** Those of `topics` that it may use, for brokers that take rights in advance. */
  grants(client: RemoteClient, use: TopicUse, topics: readonly string[]): string[];
  /** Cuts what no longer stands or lost a right that it used; now and then what the authority does not know. */
  step(): Promise<number>;
};

/** For what ends by time alone; changes on chain come with `wake`. */
const recheckMs = 1000;
const strangersMs = 30_000;
/** RabbitMQ's list of connections is up to 5 s behind, so the first look after a start may miss some. */
const secondLookMs = 6000;
/** A connection that was being made while it was cut is there by then. */
const secondCutMs = 5000;
const cutsAtOnce = 16;
/** Clients that one user may have. */
const maxClients = 16;

const isOurs = ({ username }: RemoteClient) => /^0x[0-9a-f]{40}$/.test(username);

/** Sessions at a broker in another process: the broker asks at login and once a topic, and is told whom to cut. */
export function createRemoteSessions(options: RemoteSessionsOptions): RemoteSessions {
  const { common, authority, prefix, cut } = options;
  const { clock, log, metrics } = common;
  const sessions = new Map<string, Session>();
  const again: { readonly client: RemoteClient; readonly atMs: number }[] = [];
  let looks = 0;
  let lookAtMs = 0;

  const find = ({ clientId, username }: RemoteClient): Session | undefined => {
    const session = sessions.get(clientId);
    return session?.username === username ? session : undefined;
  };
  const grant = (client: RemoteClient, use: TopicUse, topic: string): boolean => {
    const rights = find(client)?.rights;
    if (rights === undefined || authority.objection(rights.login) !== undefined) return false;
    return rights.allows(use, topic);
  };

  const hasTooMany = ({ username }: RemoteClient) => {
    let count = 0;
    for (const session of sessions.values()) if (session.username === username) count++;
    return count >= maxClients;
  };

  const refuse = (code: string, client: RemoteClient): undefined => {
    metrics.brokerRefusals.inc({ code });
    log.debug({ code, username: client.username }, "broker refusal");
  };

  async function cutAll(
    targets: readonly { client: RemoteClient; done?: () => void }[],
  ): Promise<void> {
    for (let at = 0; at < targets.length; at += cutsAtOnce) {
      const some = targets.slice(at, at + cutsAtOnce);
      await Promise.all(some.map(({ client, done }) => cut(client).then(done)));
    }
  }

  function fallen(): { client: RemoteClient; done: () => void }[] {
    return [...sessions.values()].flatMap((session) => {
      const code = session.rights.objection();
      if (code === undefined) return [];
      const done = () => {
        // Until the cut succeeded the session stays, denied, and is cut again.
        if (sessions.get(session.clientId) !== session) return;
        sessions.delete(session.clientId);
        refuse(code, session);
        log.info({ client: session.clientId, code }, "session cut");
        if (!code.endsWith("EXPIRED")) {
          again.push({ client: session, atMs: clock.elapsedMs() + secondCutMs });
        }
      };
      return [{ client: session, done }];
    });
  }

  async function cutStrangers(): Promise<void> {
    const known = new Set([...sessions.values()].map(({ username }) => username));
    const unknown = (await options.connected()).filter(
      (client) => isOurs(client) && !known.has(client.username),
    );
    await cutAll(unknown.map((client) => ({ client })));
    if (unknown.length > 0) log.info({ count: unknown.length }, "unknown sessions cut");
  }

  return {
    get size() {
      return sessions.size;
    },
    async login(client, password) {
      const { clientId, username } = client;
      const login = await authority.login({ clientId, username, password });
      if ("refused" in login) return refuse(login.refused, client);
      if (find(client) === undefined && hasTooMany(client)) {
        return refuse("TOO_MANY_SESSIONS", client);
      }
      const rights = sessionRights(authority, prefix, login);
      sessions.set(clientId, { clientId, username, rights });
      metrics.brokerSessions.set(sessions.size);
      return login;
    },
    stands(client) {
      const session = find(client);
      return session !== undefined && authority.objection(session.rights.login) === undefined;
    },
    allows(client, use, topic) {
      if (grant(client, use, topic)) return true;
      refuse("TOPIC_REFUSED", client);
      return false;
    },
    grants: (client, use, topics) => topics.filter((topic) => grant(client, use, topic)),
    async step() {
      const nowMs = clock.elapsedMs();
      await cutAll(fallen());
      metrics.brokerSessions.set(sessions.size);
      while (again[0] !== undefined && again[0].atMs <= nowMs) {
        const { client } = again[0];
        if (find(client) === undefined) await cut(client);
        again.shift();
      }
      if (nowMs >= lookAtMs) {
        await cutStrangers();
        looks += 1;
        lookAtMs = nowMs + (looks === 1 ? secondLookMs : strangersMs);
      }
      return recheckMs;
    },
  };
}
