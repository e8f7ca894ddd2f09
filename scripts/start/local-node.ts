import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import { root } from "../bootstrap.mjs";
import { elsewhereIfTaken } from "./elsewhere-if-taken.ts";

/** A chain of one node in a process of its own. */
export type LocalNode = { readonly url: string; stop(): Promise<void> };

const listening = /JSON-RPC server at (http:\/\/127\.0\.0\.1:\d+)/;

async function startOn(port: number): Promise<LocalNode> {
  const args = ["node", "--hostname", "127.0.0.1", "--port", String(port)];
  const child = spawn(join(root, "node_modules", ".bin", "hardhat"), args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    // Out of the terminal's group: it ends after the oracle that still sends to it.
    detached: true,
  });
  const exited = once(child, "exit");
  const ready = Promise.withResolvers<string>();
  let said = "";
  const listen = (chunk: Buffer) => {
    if (said.length < 4096) said += chunk.toString();
    const url = listening.exec(said)?.[1];
    if (url !== undefined) ready.resolve(url);
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  child.once("exit", () => {
    const code = said.includes("EADDRINUSE") ? "PORT_IN_USE" : "NODE_FAILED";
    ready.reject(new FieldsealError(code, `The local chain ended: ${said.trim()}`, { port }));
  });
  const endWithUs = () => {
    child.kill("SIGKILL");
  };
  process.once("exit", endWithUs);
  const url = await ready.promise;
  return {
    url,
    async stop() {
      process.off("exit", endWithUs);
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/**
 * Starts Hardhat's node on loopback and waits until it listens; on a free port if `wishedPort` is taken.
 * @throws NODE_FAILED with the node's own words
 */
export async function startLocalNode(wishedPort: number): Promise<LocalNode> {
  return elsewhereIfTaken(startOn, wishedPort);
}
