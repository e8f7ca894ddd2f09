import { connectLoadClient, type LoadClient } from "./load/load-client.ts";
import { burst, flood, keepPace, keepWindow } from "./load/load-plans.ts";
import type { LoadOrder, LoadPlan, LoadReport } from "./load/load-types.ts";
import { type PacketSource, packetSource } from "./load/packet-source.ts";

/** Process that loads a broker as a fleet does; started by load/start-load.ts. */
const tell = (report: LoadReport, sent: () => void = () => {}) =>
  process.send?.(report, undefined, undefined, sent);

function follow(plan: LoadPlan, client: LoadClient, packets: PacketSource): Promise<number[]> {
  if (plan.kind === "flood") return flood(client, packets);
  if (plan.kind === "burst") return burst(client, packets);
  if (plan.kind === "paced") return keepPace(client, packets, plan.intervalMs);
  return keepWindow(client, packets, plan.window);
}

async function run({ port, devices, plan }: LoadOrder): Promise<void> {
  const fleet: { client: LoadClient; packets: PacketSource }[] = [];
  for (const device of devices) {
    fleet.push({ client: await connectLoadClient(port, device), packets: packetSource(device) });
  }
  tell({ kind: "ready" });
  await new Promise((resolve) => process.once("message", resolve));
  const latencies = await Promise.all(
    fleet.map(({ client, packets }) => follow(plan, client, packets)),
  );
  for (const { client } of fleet) client.end();
  tell({ kind: "done", latenciesMs: latencies.flat() }, () => process.disconnect());
}

process.once("message", (order) => {
  void run(order as LoadOrder);
});
