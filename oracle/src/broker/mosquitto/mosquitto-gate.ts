import { FieldsealError } from "@fieldseal/sdk";
import type { Login } from "../../access/types.ts";
import type { Common } from "../../internal/common.ts";
import type { BrokerAuthority } from "../types.ts";
import { clientRights, ownTopics } from "./client-rights.ts";
import type { DynamicSecurity, DynsecCommand } from "./dynamic-security.ts";
import { heartbeatTopic } from "./heartbeat.ts";
import type { LoginExchange } from "./login-exchange.ts";
import { listManaged, removal, roleOf } from "./managed-clients.ts";

export type MosquittoGateOptions = {
  readonly common: Common;
  readonly authority: BrokerAuthority;
  readonly prefix: string;
  /** Random bytes, for passwords. */
  readonly random: (length: number) => Uint8Array;
};

/** Keeps Mosquitto's users in step with the authority. */
export type MosquittoGate = {
  readonly exchange: LoginExchange;
  /** Brings Mosquitto into the state that the authority knows: to be run on each new connection. */
  reconcile(run: DynamicSecurity["run"]): Promise<void>;
  /** Where commands go from now on. */
  attach(control: DynamicSecurity): void;
  /** Takes away whoever's login ended, mends roles, and says that the authority is alive. @throws BROKER_CONTROL */
  step(): Promise<number>;
};

type Entry = {
  readonly login: Login;
  readonly clientId: string;
  /** Topics beside its own that it asked for. */
  readonly topics: readonly string[];
  /** The rules that its role has, as JSON. */
  rules: string;
};

/** What is to be done at Mosquitto, and what to note when it is done. */
type Change = { readonly commands: readonly DynsecCommand[]; readonly done: () => void };

/** For what ends by time alone; changes on chain come with `wake`. */
const recheckMs = 1000;
const heartbeatMs = 10_000;
const passwordLength = 32;
const commandsAtOnce = 200;

/**
 * The authority over a Mosquitto with dynamic security. The plugin knows stored passwords only, so a client exists
 * there exactly while a login stands; to take the client away ends its session.
 */
export function createMosquittoGate(options: MosquittoGateOptions): MosquittoGate {
  const { common, authority, prefix, random } = options;
  const { clock, log, metrics } = common;
  const entries = new Map<string, Entry>();
  let attached: DynamicSecurity | undefined;
  let beatAtMs = Number.NEGATIVE_INFINITY;
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: a removal must never overtake the login that it takes back. */
  function inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = last.then(work, work);
    last = next;
    return next;
  }

  async function runAll(
    run: DynamicSecurity["run"],
    commands: readonly DynsecCommand[],
  ): Promise<void> {
    for (let at = 0; at < commands.length; at += commandsAtOnce) {
      const answers = await run(commands.slice(at, at + commandsAtOnce));
      for (const { command, error } of answers) {
        if (error !== undefined) log.debug({ command, error }, "dynamic security");
      }
    }
  }

  async function admit(
    { run }: DynamicSecurity,
    username: string,
    entry: Entry,
    password: string,
  ): Promise<void> {
    const known = entries.get(username);
    entries.set(username, entry);
    if (known?.clientId === entry.clientId && known.rules === entry.rules) {
      const renewal = await run([
        { command: "setClientPassword", username, password },
        { command: "enableClient", username },
      ]);
      if (renewal.every(({ error }) => error === undefined)) return;
    }
    const rolename = roleOf(username);
    const { clientId, rules } = entry;
    const client = { username, clientid: clientId, password, roles: [{ rolename }] };
    const answers = await run([
      ...removal(username),
      { command: "createRole", rolename, acls: JSON.parse(rules) },
      { command: "createClient", ...client },
    ]);
    const refused = answers.slice(2).find(({ error }) => error !== undefined);
    if (refused === undefined) return;
    throw new FieldsealError("BROKER_CONTROL", `Mosquitto: ${refused.command}: ${refused.error}.`);
  }

  const rulesOf = (username: string, topics: readonly string[]) =>
    JSON.stringify(clientRights(authority, username, [...ownTopics(prefix, username), ...topics]));

  function removalOf(username: string, entry: Entry, code: string): Change {
    const done = () => {
      if (entries.get(username) === entry) entries.delete(username);
      metrics.brokerRefusals.inc({ code });
      log.info({ username, code }, "session cut");
    };
    return { commands: removal(username), done };
  }

  function changes(): Change[] {
    return [...entries].flatMap(([username, entry]) => {
      const code = authority.objection(entry.login);
      if (code !== undefined) return [removalOf(username, entry, code)];
      const rules = rulesOf(username, entry.topics);
      if (rules === entry.rules) return [];
      const done = () => {
        entry.rules = rules;
      };
      const acls = JSON.parse(rules);
      return [{ commands: [{ command: "modifyRole", rolename: roleOf(username), acls }], done }];
    });
  }

  const connected = (): DynamicSecurity => {
    if (attached !== undefined) return attached;
    throw new FieldsealError("BROKER_CONTROL", "Mosquitto is not connected yet.");
  };

  return {
    attach(control) {
      attached = control;
    },
    async exchange({ clientId, token, topics = [] }) {
      const username = clientId.split("/", 1)[0] ?? "";
      const login = await authority.login({ clientId, username, password: token });
      if ("refused" in login) {
        metrics.brokerRefusals.inc({ code: login.refused });
        throw new FieldsealError(login.refused, "The login is refused.");
      }
      const control = connected();
      const password = Buffer.from(random(passwordLength)).toString("base64url");
      await inOrder(async () => {
        const rules = rulesOf(username, topics);
        await admit(control, username, { login, clientId, topics, rules }, password);
      });
      metrics.brokerSessions.set(entries.size);
      return { username, password, expires: login.expiresS };
    },
    reconcile: (run) =>
      inOrder(async () => {
        const { clients, roles } = await listManaged(run);
        const sound = new Set(
          clients.filter(({ disabled }) => !disabled).map(({ username }) => username),
        );
        // Who was disabled meanwhile, or is not there any more, exchanges a token again.
        for (const username of entries.keys()) if (!sound.has(username)) entries.delete(username);
        const unknown = new Set([...clients.map(({ username }) => username), ...roles]);
        for (const username of entries.keys()) unknown.delete(username);
        await runAll(run, [...unknown].flatMap(removal));
        log.info({ kept: entries.size, removed: unknown.size }, "Mosquitto reconciled");
      }),
    step: () =>
      inOrder(async () => {
        const control = connected();
        const open = changes();
        await runAll(
          control.run,
          open.flatMap(({ commands }) => commands),
        );
        for (const { done } of open) done();
        metrics.brokerSessions.set(entries.size);
        const elapsedMs = clock.elapsedMs();
        if (elapsedMs - beatAtMs >= heartbeatMs) {
          await control.publish(heartbeatTopic(prefix), String(clock.nowMs()));
          beatAtMs = elapsedMs;
        }
        return recheckMs;
      }),
  };
}
