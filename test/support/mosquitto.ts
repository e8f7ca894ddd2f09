import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

export type Mosquitto = {
  /** Of the process that runs now. */
  pid(): number;
  readonly port: number;
  readonly url: string;
  /** kill −9: sessions that were in memory only are gone. */
  crash(): Promise<void>;
  /** Starts again on the same port with the same configuration. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/**
 * Starts Mosquitto on a free port of 127.0.0.1, anonymous, configured from a temporary folder.
 * @throws Error that names the Debian package if the program is not installed
 */
export async function startMosquitto(settings: readonly string[] = []): Promise<Mosquitto> {
  return startWith((port, folder) => {
    const where = [`listener ${port} 127.0.0.1`, `persistence_location ${folder}/`];
    return [...where, "allow_anonymous true", "user root", ...settings].join("\n");
  });
}

/**
 * Starts Mosquitto with a configuration made for its port and its temporary folder.
 * @throws Error that names the Debian package if the program is not installed
 */
export async function startWith(
  configuration: (port: number, folder: string) => string | Promise<string>,
): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), "mosquitto-"));
  const port = await freePort();
  const file = join(folder, "mosquitto.conf");
  await writeFile(file, `${await configuration(port, folder)}\n`);
  let child = await run(file, port);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(signal);
    await exit;
  };
  return {
    pid: () => child.pid ?? 0,
    port,
    url: `mqtt://127.0.0.1:${port}`,
    crash: () => end("SIGKILL"),
    async restart() {
      await end("SIGTERM");
      child = await run(file, port);
    },
    async stop() {
      await end("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function run(file: string, port: number): Promise<ChildProcess> {
  const path = `${process.env.PATH ?? ""}:/usr/sbin:/usr/local/sbin`;
  const child = spawn("mosquitto", ["-c", file], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, PATH: path },
  });
  let output = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-2000);
  });
  const failed = new Promise<never>((_, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === "ENOENT";
      const missing = "Mosquitto is not installed: apt-get install mosquitto";
      reject(isMissing ? new Error(missing) : error);
    });
    child.once("exit", (code) => reject(new Error(`mosquitto ended with ${code}: ${output}`)));
  });
  failed.catch(() => {});
  await Promise.race([failed, listening(port)]);
  return child;
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.once("connect", () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nothing listens on ${port}`);
}
