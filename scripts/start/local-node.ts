import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import { root } from "../bootstrap.mjs";
import { freePort } from "./free-port.ts";

/** A chain of one node in a process of its own. */
export type LocalNode = { readonly url: string; stop(): Promise<void> };

/**
 * Starts Hardhat's node on loopback and waits until it listens.
 * @throws NODE_FAILED with the node's own words
 */
export async function startLocalNode(wishedPort: number): Promise<LocalNode> {
  const port = await freePort(wishedPort);
  const args = ["node", "--hostname", "127.0.0.1", "--port", String(port)];
  const child = spawn(join(root, "node_modules", ".bin", "hardhat"), args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    // Out of the terminal's group: it ends after the oracle that still sends to it.
    detached: true,
  });
  const exited = once(child, "exit");
  let said = "";
  const ready = Promise.withResolvers<void>();
  const listen = (chunk: Buffer) => {
    if (said.length < 4096) said += chunk.toString();
    if (said.includes("Started HTTP and WebSocket JSON-RPC server")) ready.resolve();
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  child.once("exit", () => {
    ready.reject(new FieldsealError("NODE_FAILED", `The local chain ended: ${said.trim()}`));
  });
  const endWithUs = () => {
    child.kill("SIGKILL");
  };
  process.once("exit", endWithUs);
  await ready.promise;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      process.off("exit", endWithUs);
      child.kill("SIGTERM");
      await exited;
    },
  };
}
