import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { HDNodeWallet } from "ethers";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const bin = (name: string) => join(root, "node_modules", ".bin", name);

/** A chain client started for a test, on a free port of 127.0.0.1. */
export type TestChain = {
  readonly url: string;
  /** One JSON-RPC call; rejects with the node's message. */
  rpc(method: string, ...params: unknown[]): Promise<unknown>;
  /** Mines `blocks` blocks, one by default. */
  mine(blocks?: number): Promise<void>;
  stop(): Promise<void>;
};

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

/** Keys of the mnemonic that Hardhat's node and anvil share; funded on both. */
export function testKey(index: number): string {
  const mnemonic = "test test test test test test test test test test test junk";
  return HDNodeWallet.fromPhrase(mnemonic, "", `m/44'/60'/0'/0/${index}`).privateKey;
}

/** One JSON-RPC call over HTTP. */
export async function rpcCall(url: string, method: string, params: unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}

function urlIn(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((found, failed) => {
    let output = "";
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const match = pattern.exec(output);
      if (match?.[1] !== undefined) found(match[1]);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", failed);
    child.once("exit", (code) => failed(new Error(`the node ended with ${code}:\n${output}`)));
  });
}

async function start(program: string, args: string[], pattern: RegExp): Promise<TestChain> {
  const child = spawn(bin(program), args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  const address = await urlIn(child, pattern);
  const url = `http://${address}`;
  return {
    url,
    rpc: (method, ...params) => rpcCall(url, method, params),
    async mine(blocks = 1) {
      for (let i = 0; i < blocks; i++) await rpcCall(url, "evm_mine", []);
    },
    async stop() {
      running.delete(child);
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function anvil(slotsInAnEpoch: number, hardfork: string, args: string[]): Promise<TestChain> {
  const fixed = ["--host", "127.0.0.1", "--port", "0", "--slots-in-an-epoch", `${slotsInAnEpoch}`];
  return start(
    "anvil",
    [...fixed, "--hardfork", hardfork, ...args],
    /Listening on (127\.0\.0\.1:\d+)/,
  );
}

/**
 * Starts anvil; `finalized` is two blocks behind the newest. `args` are added to its command line.
 * @param hardfork such as cancun, which has no P-256 precompile
 */
export function startAnvil(args: string[] = [], hardfork = "osaka"): Promise<TestChain> {
  return anvil(1, hardfork, args);
}

/** Starts anvil; `finalized` is the newest block. */
export function startFinalAnvil(): Promise<TestChain> {
  return anvil(0, "osaka", []);
}

/** Starts Hardhat's node on a network of the configuration; there `finalized` is the newest block. */
export function startHardhatNode(networkName = "osaka"): Promise<TestChain> {
  const args = ["node", "--hostname", "127.0.0.1", "--port", "0", "--network", networkName];
  return start("hardhat", args, /server at http:\/\/(127\.0\.0\.1:\d+)/);
}
