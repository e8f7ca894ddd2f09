import { setTimeout as delay } from "node:timers/promises";
import { type DeviceId, hex, type Signer, signMessage } from "@fieldseal/sdk";
import { pino } from "pino";
import { accountKey } from "../oracle/src/chain/keys.ts";
import { systemClock } from "../oracle/src/internal/clock.ts";
import { createMetrics } from "../oracle/src/internal/metrics.ts";
import { openLog } from "../scripts/deploy/open-log.ts";
import { startAnvil, testKey } from "../test/support/chain.ts";
import { deployOn } from "../test/support/deployment.ts";
import { temporaryFolder } from "../test/support/service.ts";
import { until } from "../test/support/until.ts";
import { type OneLog, startOneLog } from "./simulation/one-log.ts";
import type { ChainOrder, ChainReport } from "./simulation/types.ts";
import { fastSigner, seededBytes } from "./speed/fast-signer.ts";
import { sampleReadings, sampleSalt } from "./speed/sample-readings.ts";

type Sender = { readonly log: OneLog; readonly id: DeviceId; readonly signer: Signer };

const idleMs = 5000;
const cpuUs = (since?: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(since);
  return user + system;
};

/** One chain with its logs, each with a committee of its own, in one process beside the node's; started by simulation/simulate-logs.ts. */
async function simulateChain(order: ChainOrder): Promise<ChainReport> {
  const { logs: count, rounds, devices, messages } = order;
  const node = await startAnvil();
  const folder = temporaryFolder();
  const deployment = await deployOn(node);
  const ending = new AbortController();
  const mine = async () => {
    while (!ending.signal.aborted) {
      await node.mine();
      await delay(1000);
    }
  };
  const failures: string[] = [];
  const retries: string[] = [];
  const common = {
    log: pino({ level: "silent" }),
    clock: systemClock,
    metrics: createMetrics(),
  };
  const before = process.memoryUsage().rss;
  const logs: OneLog[] = [];
  const senders: Sender[] = [];
  for (let number = 0; number < count; number++) {
    const secret = hex(seededBytes(`operator ${node.url} ${number}`));
    const operator = accountKey(secret, "the simulation");
    await node.rpc("anvil_setBalance", operator.address, `0x${(10n ** 20n).toString(16)}`);
    const logId = await openLog({
      rpcUrl: node.url,
      signerKey: testKey(0),
      readingLog: deployment.log,
      operators: [operator.address],
      threshold: 1,
      restricted: false,
      graceSeconds: 600,
    });
    const log = await startOneLog({
      common,
      deployment,
      logId,
      operator,
      folder: folder.path,
      sealMessages: devices * messages,
      onFailure: (sentence) => failures.push(sentence),
      onRetry: (sentence) => retries.push(sentence),
    });
    logs.push(log);
    const owner = deployment.owner(2);
    for (let device = 0; device < devices; device++) {
      const { id, signer } = await owner.enrol(2, logId, fastSigner());
      senders.push({ log, id, signer });
    }
  }
  const mining = mine();
  const isKnown = () => senders.every(({ log, id }) => log.knows(id));
  await until("following the devices", isKnown, 120_000);

  const idleFrom = process.cpuUsage();
  await delay(idleMs);
  const idleCpuUsPerS = cpuUs(idleFrom) / (idleMs / 1000);
  const memoryBytes = process.memoryUsage().rss - before;
  let usedUs = 0;
  let seconds = 0;
  for (let round = 0; round < rounds; round++) {
    const signed = await Promise.all(
      senders.map(async ({ log, id, signer }) => {
        const all: Uint8Array[] = [];
        for (let i = 0; i < messages; i++) {
          const sequence = BigInt(round * messages + i + 1);
          const readings = sampleReadings(Date.now());
          const facts = { signer, device: id, keyIndex: 0, sequence, domain: deployment.domain };
          all.push((await signMessage({ ...facts, readings, salt: sampleSalt })).bytes);
        }
        return { log, all };
      }),
    );
    const from = { cpu: process.cpuUsage(), ms: performance.now() };
    await Promise.all(signed.flatMap(({ log, all }) => all.map((bytes) => log.send(bytes))));
    const isSealed = async () => {
      const sealed = await Promise.all(logs.map((log) => log.sealed()));
      return sealed.every(({ checkpoints }) => checkpoints > round);
    };
    await until(`sealing round ${round}`, isSealed, 180_000).catch((error: unknown) =>
      failures.push(String(error)),
    );
    usedUs += cpuUs(from.cpu);
    seconds += (performance.now() - from.ms) / 1000;
  }
  const sealed = await Promise.all(logs.map((log) => log.sealed()));
  const gas = (await Promise.all(logs.map((log) => log.gas()))).flat();
  for (const log of logs) await log.stop();
  ending.abort();
  await mining;
  deployment.provider.destroy();
  await node.stop();
  folder.remove();
  return {
    logs: count,
    messages: sealed.reduce((sum, one) => sum + one.messages, 0),
    checkpoints: sealed.reduce((sum, one) => sum + one.checkpoints, 0),
    gas,
    failures,
    retries,
    seconds,
    cpuUs: usedUs,
    idleCpuUsPerS,
    memoryBytes,
  };
}

process.once("message", (order) => {
  void simulateChain(order as ChainOrder).then((report) => {
    process.send?.(report, undefined, undefined, () => process.disconnect());
  });
});
