import { type DeviceId, permissions } from "@fieldseal/sdk";
import { AccessGrants__factory } from "@fieldseal/typechain";
import { Wallet } from "ethers";
import { connect } from "mqtt";
import { signInAt } from "../../oracle/src/cli/network/sign-in.ts";
import { runCli } from "../../oracle/src/cli/run-cli.ts";
import { testKey } from "./chain.ts";
import type { TestDeployment } from "./deployment.ts";
import type { RunningOracle } from "./running-oracle.ts";
import { until } from "./until.ts";

type Hex = `0x${string}`;

/** Runs the CLI as the account with that key would; the answer, or the code and sentence of the refusal. */
async function runAs(key: string, folder: string, args: readonly string[]) {
  let out = "";
  const code = await runCli([...args, "--json"], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      out += text;
    },
    env: { FIELDSEAL_OWNER_KEY: key },
    cwd: folder,
    nowMs: () => Date.now(),
  });
  return { ok: code === 0, answer: JSON.parse(out) as Record<string, unknown> };
}

/** A live subscription: what came, and whether the broker has ended the connection. */
export type Watch = {
  readonly messages: readonly { topic: string; bytes: Buffer }[];
  isOpen(): boolean;
  end(): void;
};

export type PersonOptions = {
  readonly deployment: TestDeployment;
  readonly oracle: RunningOracle;
  /** Index of the test account. */
  readonly account: number;
  /** Where its commands run. */
  readonly folder: string;
};

/** Somebody with an account and nothing else: the command line, a browser's session, an MQTT client. */
export function person({ deployment, oracle, account, folder }: PersonOptions) {
  const key = testKey(account);
  const { node, accessGrants, provider } = deployment;
  const wallet = new Wallet(key, provider);
  const address = wallet.address.toLowerCase() as Hex;
  const grants = AccessGrants__factory.connect(accessGrants, provider);
  const network = ["--rpc", node.url, "--access-grants", accessGrants];
  const grant = (...args: string[]) => runAs(key, folder, ["grant", ...args, ...network]);
  const signIn = async () => (await signInAt(oracle.http, key, Date.now())).token;

  return {
    address,
    /** Signs typed data, and calls contracts by itself. */
    wallet,
    /** `fieldseal grant …` that must succeed. */
    async grant(...args: string[]): Promise<Record<string, unknown>> {
      const { ok, answer } = await grant(...args);
      if (!ok) throw new Error(`grant ${args.join(" ")}: ${JSON.stringify(answer)}`);
      return answer;
    },
    /** The contract's error with which `fieldseal grant …` is refused; undefined if it is not. */
    async refusedGrant(...args: string[]): Promise<string | undefined> {
      const { ok, answer } = await grant(...args);
      return ok ? undefined : /^\w+/.exec(String(answer.reason ?? answer.code))?.[0];
    },
    /** Whether the contract lets this person do that by `grantor`'s word. */
    allowed: (device: DeviceId, grantor: string, bits: bigint) =>
      grants.allowed(device, grantor, address, bits),
    /** What HTTP answers to who asks for the device's readings: "open", or the refusal's code. */
    async reads(device: DeviceId): Promise<string> {
      const response = await fetch(`${oracle.http}/v1/readings?device=${device}`, {
        headers: { authorization: `Bearer ${await signIn()}` },
      });
      const body = (await response.json()) as { code?: string };
      return response.ok ? "open" : String(body.code);
    },
    /** Connects to the broker and subscribes what the device says; undefined if that is not granted. */
    async watch(device: DeviceId): Promise<Watch | undefined> {
      const password = await signIn();
      const client = connect(oracle.mqtt, {
        protocolVersion: 4,
        reconnectPeriod: 0,
        clientId: address,
        username: address,
        password,
      });
      client.on("error", () => {});
      const messages: { topic: string; bytes: Buffer }[] = [];
      client.on("message", (topic, bytes) => messages.push({ topic, bytes }));
      const granted = await client
        .subscribeAsync(`fieldseal/1/${device}/up`, { qos: 1 })
        .then((answers) => answers.every(({ qos }) => qos !== 128))
        .catch(() => false);
      if (!granted) {
        client.end(true);
        return undefined;
      }
      return { messages, isOpen: () => client.connected, end: () => client.end(true) };
    },
  };
}

export type Person = ReturnType<typeof person>;

/** Resolves when the broker has ended the connection. */
export const cut = (watch: Watch): Promise<true> =>
  until("cutting the session", () => !watch.isOpen());

export const { READ, COMMAND } = permissions;
