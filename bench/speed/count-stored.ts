import type { BrokerIngest } from "../../oracle/src/broker/types.ts";

/** Time and CPU of the process between the end of the warm-up and the last message. */
export type Sustained = { readonly perSecond: number; readonly cpuUsPerMessage: number };

/** Ingest that notes when the first tenth and when all of `count` messages were stored. */
export function countStored(ingest: BrokerIngest, count: number) {
  const warmUp = Math.floor(count / 10);
  let stored = 0;
  let from = { ms: 0, cpu: process.cpuUsage() };
  let settle: (sustained: Sustained) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const done = new Promise<Sustained>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  const counted: BrokerIngest = {
    async submit(inbound) {
      const outcome = await ingest.submit(inbound);
      if (outcome.kind === "refused") fail(new Error(`${outcome.code}: ${outcome.message}`));
      stored++;
      if (stored === warmUp) from = { ms: performance.now(), cpu: process.cpuUsage() };
      if (stored === count) {
        const { user, system } = process.cpuUsage(from.cpu);
        const messages = count - warmUp;
        const perSecond = (messages * 1000) / (performance.now() - from.ms);
        settle({ perSecond, cpuUsPerMessage: (user + system) / messages });
      }
      return outcome;
    },
  };
  return { ingest: counted, done };
}
