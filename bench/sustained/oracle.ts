import { connectExternalBroker } from "../../oracle/src/broker/external-broker.ts";
import type { BrokerIngest } from "../../oracle/src/broker/types.ts";
import { startOracleOf } from "../speed/bench-oracle.ts";

/** Process that is the oracle alone, so that its CPU and memory are its own; started by start-oracle.ts. */
export type OracleOrder = {
  /** P-256 points of the devices. */
  readonly points: readonly Uint8Array[];
  readonly brokerUrl: string;
  readonly connections: number;
};

/** How the oracle stands at one moment. */
export type OracleSample = {
  readonly atMs: number;
  readonly stored: number;
  readonly refused: number;
  /** CPU of all its threads, microseconds. */
  readonly cpuUs: number;
  readonly residentBytes: number;
};

async function run({ points, brokerUrl, connections }: OracleOrder): Promise<void> {
  const keys = points.map((point) => ({ keyType: 2 as const, point }));
  // The rate of a client is a policy, not what the machine can do.
  const oracle = await startOracleOf(keys, { clientRate: 1e9, clientBurst: 1e9 });
  let stored = 0;
  let refused = 0;
  const ingest: BrokerIngest = {
    async submit(inbound) {
      const outcome = await oracle.ingest.submit(inbound);
      if (outcome.kind === "stored") stored++;
      else {
        refused++;
        if (outcome.kind === "refused")
          process.stderr.write(`${outcome.code} ${outcome.message}\n`);
      }
      return outcome;
    },
  };
  const broker = await connectExternalBroker({
    common: oracle.common,
    ingest,
    url: brokerUrl,
    connections,
  });
  const sample = (): OracleSample => {
    const { user, system } = process.cpuUsage();
    const { rss } = process.memoryUsage();
    return { atMs: Date.now(), stored, refused, cpuUs: user + system, residentBytes: rss };
  };
  process.on("message", (order) => {
    if (order === "sample") process.send?.(sample());
    else void end();
  });
  const end = async () => {
    await broker.stop();
    await oracle.close();
    process.disconnect();
  };
  process.send?.("ready");
}

process.once("message", (order) => {
  void run(order as OracleOrder);
});
