import { setTimeout as delay } from "node:timers/promises";
import { hex } from "@fieldseal/sdk";
import { startAnvil, type TestChain } from "./chain.ts";
import { checkSealed, countSealed, identityOf } from "./check-sealed.ts";
import { deployOn, type TestDeployment } from "./deployment.ts";
import { type FieldDevice, fieldDevice } from "./field-device.ts";
import { freePort } from "./free-port.ts";
import { type OracleProcess, startOracleProcess } from "./oracle-process.ts";
import { type RpcProxy, startRpcProxy } from "./rpc-proxy.ts";
import { temporaryFolder } from "./service.ts";
import { serviceClient } from "./service-client.ts";
import { until } from "./until.ts";

export type OutageWorldOptions = {
  /** Data folder of the oracle; a temporary one if left out. */
  readonly dataFolder?: string;
  /** Broker elsewhere; the embedded one if left out. */
  readonly mqtt?: string;
  readonly environment?: Record<string, string>;
  /** Environment of the process itself, such as a library to load first. */
  readonly processEnvironment?: Record<string, string>;
};

type Check = { readonly name: string; readonly state: string; readonly reason: string | null };

/** An oracle process at work between a chain, a broker and devices that never stop speaking. */
export async function startOutageWorld(options: OutageWorldOptions = {}) {
  const folder = temporaryFolder();
  const ending = new AbortController();
  const quiet = new AbortController();
  const node: TestChain = await startAnvil();
  const deployment: TestDeployment = await deployOn(node);
  const proxy: RpcProxy = await startRpcProxy(node.url);
  const httpPort = String(await freePort());
  const mqttPort = String(await freePort());
  const http = `http://127.0.0.1:${httpPort}`;
  const mqtt = options.mqtt ?? `mqtt://127.0.0.1:${mqttPort}`;
  const dataFolder = options.dataFolder ?? `${folder.path}/oracle`;
  const environment = {
    ...deployment.environment(dataFolder, {
      FIELDSEAL_RPC: proxy.url,
      FIELDSEAL_HTTP_PORT: httpPort,
      FIELDSEAL_SEAL_MESSAGES: "20",
      ...(options.mqtt === undefined
        ? { FIELDSEAL_MQTT_PORT: mqttPort }
        : { FIELDSEAL_MQTT: options.mqtt }),
      ...options.environment,
    }),
    ...options.processEnvironment,
  };
  /** Blocks go on, so that finality follows: anvil alone mines only what is sent. */
  const mine = async () => {
    while (!ending.signal.aborted) {
      await node.mine();
      await delay(250);
    }
  };
  const mining = mine();
  const client = serviceClient(http);
  const fields: FieldDevice[] = [];
  const owner = deployment.owner(2);
  const oracle: { process: OracleProcess } = { process: startOracleProcess(environment) };
  for (const keyType of [2, 1] as const) {
    const device = await owner.enrol(keyType, deployment.logId);
    const outboxFolder = `${folder.path}/outbox-${fields.length}`;
    fields.push(await fieldDevice({ deployment, device, mqtt, outboxFolder }));
  }
  const speak = async (field: FieldDevice) => {
    for (let value = 0; !quiet.signal.aborted; value++) {
      await field.send([{ name: "count", value }]);
      await delay(100);
    }
  };
  const acknowledged = () => fields.reduce((sum, { settled }) => sum + settled.size, 0);
  const checks = async (): Promise<readonly Check[]> => {
    const { body } = await client.get("/readyz");
    return (body.checks ?? []) as Check[];
  };
  let speaking: Promise<void>[] = [];

  return {
    node,
    deployment,
    proxy,
    fields,
    environment,
    oracle,
    acknowledged,
    /** Names of the readiness checks that do not hold; undefined if nobody answers. */
    failing: async (): Promise<readonly string[] | undefined> => {
      const found = await checks().catch(() => undefined);
      return found?.filter(({ state }) => state === "failing").map(({ name }) => name);
    },
    /** Value of a metric without labels, or with those given as they are written. */
    async metric(name: string): Promise<number | undefined> {
      const text = await (await fetch(`${http}/metrics`)).text();
      const line = text.split("\n").find((one) => one.startsWith(`${name} `));
      return line === undefined ? undefined : Number(line.split(" ")[1]);
    },
    /** Lets the devices speak; resolves when something new was acknowledged. */
    async begin(): Promise<void> {
      if (!(await oracle.process.ready)) throw new Error(oracle.process.log());
      speaking = fields.map(speak);
      await until("acknowledging", () => acknowledged() > 10);
    },
    /** Ends the speech and waits until everything said is acknowledged and sealed, each once. */
    async settle(withinMs = 120_000): Promise<void> {
      quiet.abort();
      await Promise.all(speaking);
      const isHeard = () => fields.every(({ client: one }) => one.pending === 0);
      await until("acknowledging everything", isHeard, withinMs);
      const isDone = async () => (await countSealed(deployment)) >= acknowledged();
      await until("sealing everything", isDone, 60_000).catch(() => {});
      const sealed = await checkSealed(deployment, http);
      const lost = fields
        .flatMap(({ settled }) => [...settled.values()])
        .filter((facts) => sealed.messages.get(identityOf(facts)) !== hex(facts.root));
      if (lost.length > 0) throw new Error(`lost: ${lost.map(identityOf).join(", ")}`);
      if (sealed.messages.size !== acknowledged()) {
        throw new Error(`${sealed.messages.size} sealed, ${acknowledged()} acknowledged`);
      }
    },
    async end(): Promise<void> {
      quiet.abort();
      ending.abort();
      await oracle.process.kill();
      await Promise.allSettled(speaking);
      for (const field of fields) await field.close();
      await mining.catch(() => {});
      await proxy.stop();
      deployment.provider.destroy();
      await node.stop();
      folder.remove();
    },
  };
}

export type OutageWorld = Awaited<ReturnType<typeof startOutageWorld>>;
