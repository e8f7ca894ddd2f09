import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { hex } from "@fieldseal/sdk";
import { startAnvil } from "./chain.ts";
import { checkSealed, countSealed, identityOf } from "./check-sealed.ts";
import { deployOn } from "./deployment.ts";
import { type FieldDevice, fieldDevice } from "./field-device.ts";
import { freePort } from "./free-port.ts";
import { startMosquitto } from "./mosquitto.ts";
import { type OracleProcess, startOracleProcess } from "./oracle-process.ts";
import { startPostgres } from "./postgres.ts";
import { temporaryFolder } from "./service.ts";
import { until } from "./until.ts";

/** One of the processes that share a log. */
export type Worker = {
  readonly name: string;
  readonly http: string;
  /** The process that runs under the name now. */
  process: OracleProcess | undefined;
};

type LeaderView = { readonly name: string; readonly term: number; readonly here: boolean };

/** Some oracles that share one log, on a PostgreSQL, a Mosquitto and a chain, between devices that never stop speaking. */
export async function startScalingWorld({ workers: count = 3, devices = 4 } = {}) {
  const folder = temporaryFolder();
  const ending = new AbortController();
  const quiet = new AbortController();
  const node = await startAnvil();
  const deployment = await deployOn(node);
  const postgres = await startPostgres();
  const mosquitto = await startMosquitto([
    "persistence true",
    "max_queued_messages 0",
    "max_inflight_messages 0",
  ]);
  /** Blocks go on, so that finality follows: anvil alone mines only what is sent. */
  const mine = async () => {
    while (!ending.signal.aborted) {
      await node.mine();
      await delay(250);
    }
  };
  const mining = mine();

  const workers: Worker[] = [];
  for (let number = 1; number <= count; number++) {
    const port = await freePort();
    workers.push({
      name: `worker-${number}`,
      http: `http://127.0.0.1:${port}`,
      process: undefined,
    });
  }
  const start = (worker: Worker): OracleProcess => {
    const { name, http } = worker;
    const environment = deployment.environment(join(folder.path, name), {
      FIELDSEAL_HTTP_PORT: new URL(http).port,
      FIELDSEAL_MQTT: mosquitto.url,
      FIELDSEAL_MQTT_CONNECTIONS: "2",
      FIELDSEAL_DATABASE: postgres.url("fieldseal"),
      FIELDSEAL_WORKER: name,
      FIELDSEAL_SEAL_MESSAGES: "20",
      FIELDSEAL_LOG_LEVEL: "warn",
    });
    worker.process = startOracleProcess(environment);
    return worker.process;
  };
  const leaderSeenBy = async ({ http }: Worker): Promise<LeaderView | undefined> => {
    const answer = await fetch(`${http}/readyz`, { signal: AbortSignal.timeout(3000) }).catch(
      () => undefined,
    );
    if (answer === undefined) return undefined;
    return ((await answer.json()) as { leader?: LeaderView }).leader;
  };
  const fields: FieldDevice[] = [];
  const owner = deployment.owner(2);
  for (let number = 0; number < devices; number++) {
    const device = await owner.enrol(number % 2 === 0 ? 2 : 1, deployment.logId);
    const outboxFolder = join(folder.path, `outbox-${number}`);
    fields.push(await fieldDevice({ deployment, device, mqtt: mosquitto.url, outboxFolder }));
  }
  const speak = async (field: FieldDevice) => {
    for (let value = 0; !quiet.signal.aborted; value++) {
      await field.send([{ name: "count", value }]);
      await delay(60);
    }
  };
  const acknowledged = () => fields.reduce((sum, { settled }) => sum + settled.size, 0);
  let speaking: Promise<void>[] = [];

  return {
    node,
    deployment,
    postgres,
    mosquitto,
    workers,
    owner,
    start,
    acknowledged,
    leaderSeenBy,
    /** The worker that says that it leads. */
    leader: (among: readonly Worker[] = workers): Promise<Worker> =>
      until(
        "electing a leader",
        async () => {
          const views = await Promise.all(among.map(leaderSeenBy));
          return among[views.findIndex((view) => view?.here === true)];
        },
        60_000,
      ),
    /** Settles when something new was acknowledged. */
    async progress(): Promise<void> {
      const before = acknowledged();
      await until("acknowledging", () => acknowledged() > before + fields.length, 60_000);
    },
    begin(): void {
      speaking = fields.map(speak);
    },
    /** Ends the speech, and compares what the devices have receipts for with what the chain holds. */
    async settle(): Promise<{ readonly acknowledged: number; readonly checkpoints: number }> {
      quiet.abort();
      await Promise.all(speaking);
      const isHeard = () => fields.every(({ client }) => client.pending === 0);
      await until("acknowledging everything", isHeard, 60_000).catch((cause: unknown) => {
        const waiting = fields.map(({ client, events }) => [client.pending, events.slice(-3)]);
        const said = inspect({ waiting, logs: workers.map((one) => one.process?.log()) }, false, 6);
        throw new Error(said, { cause });
      });
      const isDone = async () => (await countSealed(deployment)) >= acknowledged();
      // What is not sealed by then is named below.
      await until("sealing everything", isDone, 60_000).catch(() => {});
      const [first] = workers;
      const { checkpoints, messages } = await checkSealed(deployment, first?.http ?? "");
      const lost = fields
        .flatMap(({ settled }) => [...settled.values()])
        .filter((facts) => messages.get(identityOf(facts)) !== hex(facts.root));
      if (lost.length > 0) throw new Error(`lost: ${lost.map(identityOf).join(", ")}`);
      if (messages.size !== acknowledged()) {
        throw new Error(`${messages.size} sealed, ${acknowledged()} acknowledged`);
      }
      return { acknowledged: acknowledged(), checkpoints };
    },
    async end(): Promise<void> {
      quiet.abort();
      ending.abort();
      await Promise.all(workers.map((worker) => worker.process?.kill()));
      await Promise.allSettled(speaking);
      for (const field of fields) await field.close();
      await mining.catch(() => {});
      await mosquitto.stop();
      await postgres.stop();
      deployment.provider.destroy();
      await node.stop();
      folder.remove();
    },
  };
}

export type ScalingWorld = Awaited<ReturnType<typeof startScalingWorld>>;
