import { setTimeout as pause } from "node:timers/promises";
import type { LoadClient } from "./load-client.ts";
import type { PacketSource } from "./packet-source.ts";

/** Times from sending to receipt; receipts are taken for the messages in the order in which these were sent. */
function stopwatch(length: number) {
  const sentMs = new Float64Array(length);
  const latenciesMs: number[] = [];
  let sent = 0;
  return {
    latenciesMs,
    sent() {
      sentMs[sent++] = performance.now();
    },
    /** @returns whether it was the last */
    received(): boolean {
      latenciesMs.push(performance.now() - (sentMs[latenciesMs.length] ?? 0));
      return latenciesMs.length === length;
    },
  };
}

/** Keeps `window` messages without receipt under way. */
export async function keepWindow(client: LoadClient, packets: PacketSource, window: number) {
  const watch = stopwatch(packets.length);
  const send = () => {
    const packet = packets.next();
    if (packet === undefined) return;
    watch.sent();
    client.write(packet);
  };
  await new Promise<void>((resolve) => {
    client.onReceipt(() => {
      if (watch.received()) resolve();
      else send();
    });
    for (let i = 0; i < window; i++) send();
  });
  return watch.latenciesMs;
}

/** Sends one message every `intervalMs`, whatever comes back. */
export async function keepPace(client: LoadClient, packets: PacketSource, intervalMs: number) {
  const watch = stopwatch(packets.length);
  await pause(Math.random() * intervalMs);
  await new Promise<void>((resolve) => {
    client.onReceipt(() => {
      if (watch.received()) resolve();
    });
    const startMs = performance.now();
    let sent = 0;
    const timer = setInterval(
      () => {
        const due = Math.min(packets.length, (performance.now() - startMs) / intervalMs);
        for (; sent < due; sent++) {
          const packet = packets.next();
          if (packet === undefined) break;
          watch.sent();
          client.write(packet);
        }
        if (sent >= packets.length) clearInterval(timer);
      },
      Math.min(intervalMs, 50),
    );
  });
  return watch.latenciesMs;
}

/** Sends everything as fast as the broker takes it, and waits for all receipts. */
export async function burst(client: LoadClient, packets: PacketSource) {
  const watch = stopwatch(packets.length);
  const received = new Promise<void>((resolve) => {
    client.onReceipt(() => {
      if (watch.received()) resolve();
    });
  });
  for (let packet = packets.next(); packet !== undefined; packet = packets.next()) {
    watch.sent();
    if (!client.write(packet)) await client.drained();
  }
  await received;
  return watch.latenciesMs;
}

/** Sends the same packets over and over as fast as the broker takes them. */
export async function flood(client: LoadClient, packets: PacketSource): Promise<never> {
  const all: Buffer[] = [];
  for (let packet = packets.next(); packet !== undefined; packet = packets.next()) all.push(packet);
  for (let i = 0; ; i++) {
    const packet = all[i % all.length];
    if (packet !== undefined && !client.write(packet)) await client.drained();
  }
}
