import { connectLoadClient, type LoadClient } from "./load/load-client.ts";
import type { LoadDevice, LoadOrder, LoadReport } from "./load/load-types.ts";
import { publishPacket } from "./load/mqtt-packets.ts";

/** Process that loads a broker as a fleet does; started by load/start-load.ts. */
const tell = (report: LoadReport, sent: () => void = () => {}) =>
  process.send?.(report, undefined, undefined, sent);

async function keepWindow(client: LoadClient, packets: Buffer[], window: number) {
  const latenciesMs: number[] = [];
  const sentMs: number[] = [];
  let next = 0;
  const send = () => {
    const packet = packets[next++];
    if (packet === undefined) return;
    sentMs.push(performance.now());
    client.write(packet);
  };
  await new Promise<void>((resolve) => {
    client.onReceipt(() => {
      latenciesMs.push(performance.now() - (sentMs[latenciesMs.length] ?? 0));
      if (latenciesMs.length === packets.length) resolve();
      else send();
    });
    for (let i = 0; i < window; i++) send();
  });
  return latenciesMs;
}

async function keepPace(client: LoadClient, packets: Buffer[], intervalMs: number) {
  const latenciesMs: number[] = [];
  const sentMs: number[] = [];
  await new Promise((resolve) => setTimeout(resolve, Math.random() * intervalMs));
  await new Promise<void>((resolve) => {
    client.onReceipt(() => {
      latenciesMs.push(performance.now() - (sentMs[latenciesMs.length] ?? 0));
      if (latenciesMs.length === packets.length) resolve();
    });
    const timer = setInterval(() => {
      const packet = packets[sentMs.length];
      if (packet === undefined) clearInterval(timer);
      else {
        sentMs.push(performance.now());
        client.write(packet);
      }
    }, intervalMs);
  });
  return latenciesMs;
}

async function flood(client: LoadClient, packets: Buffer[]): Promise<never> {
  for (let i = 0; ; i++) {
    const packet = packets[i % packets.length];
    if (packet !== undefined && !client.write(packet)) await client.drained();
  }
}

async function run({ port, devices, plan }: LoadOrder): Promise<void> {
  const fleet: { client: LoadClient; packets: Buffer[] }[] = [];
  const packetsOf = ({ upTopic, payloads }: LoadDevice) =>
    payloads.map((payload, i) => publishPacket(upTopic, i, payload));
  for (const device of devices) {
    fleet.push({ client: await connectLoadClient(port, device), packets: packetsOf(device) });
  }
  tell({ kind: "ready" });
  await new Promise((resolve) => process.once("message", resolve));
  const latencies = await Promise.all(
    fleet.map(({ client, packets }) => {
      if (plan.kind === "flood") return flood(client, packets);
      if (plan.kind === "paced") return keepPace(client, packets, plan.intervalMs);
      return keepWindow(client, packets, plan.window);
    }),
  );
  for (const { client } of fleet) client.end();
  tell({ kind: "done", latenciesMs: latencies.flat() }, () => process.disconnect());
}

process.once("message", (order) => {
  void run(order as LoadOrder);
});
