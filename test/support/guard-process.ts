import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../oracle/src/cli/main.ts", import.meta.url));

/** Starts `fieldseal guard mosquitto` as a process of its own and waits until it guards. */
export async function startGuard(
  url: string,
  silenceS: number,
): Promise<{ stop(): Promise<void> }> {
  const args = [main, "guard", "mosquitto", "--silence", String(silenceS)];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH ?? "", FIELDSEAL_MQTT: url },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const exit = once(child, "exit");
  const ready = once(child.stdout, "data");
  const failed = exit.then(([code]) => {
    throw new Error(`the guard ended with ${code}: ${errors}`);
  });
  failed.catch(() => {});
  await Promise.race([ready, failed]);
  return {
    async stop() {
      child.kill("SIGTERM");
      await exit;
    },
  };
}
