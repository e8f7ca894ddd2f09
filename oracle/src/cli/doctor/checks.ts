import { accessSync, constants, existsSync } from "node:fs";
import { connect } from "node:net";
import { resolve } from "node:path";
import { checkedChainId } from "../../chain/connect.ts";
import { jsonRpc, type Rpc } from "../../chain/json-rpc.ts";
import { bigintOf, fieldOf, numberOf } from "../../chain/quantities.ts";
import { answeringUrl, rpcUrls } from "../../chain/rpc-urls.ts";
import type { CliIo } from "../io.ts";
import { environmentOf } from "../network/environment.ts";
import { fetchInfo } from "../network/fetch-service.ts";
import type { NetworkName } from "../network/network-options.ts";
import type { Network } from "../network/resolve-network.ts";
import { hasP256Precompile } from "./p256-precompile.ts";

/** What one check found. */
export type CheckResult = {
  readonly name: string;
  readonly state: "ok" | "fail" | "skip" | "warn";
  readonly found: string;
};

/** A check answers what it found, with `warn: ` in front of what is no failure; it throws what fails. */
type Check = { readonly name: string; readonly run: () => Promise<string> | string };

const skipped = (name: NetworkName) => `skip: no ${name} given`;

function nodeVersion(): string {
  const [major = 0] = process.versions.node.split(".").map(Number);
  if (major < 24) throw new Error(`${process.versions.node}; Fieldseal runs on Node 24`);
  return process.versions.node;
}

async function contract(rpc: Rpc, address: string): Promise<string> {
  const code = String(await rpc.request("eth_getCode", [address, "latest"]));
  if (code === "0x") throw new Error(`no contract at ${address}`);
  return `${address}, ${(code.length - 2) / 2} bytes`;
}

async function precompile(rpc: Rpc): Promise<string> {
  if (await hasP256Precompile(rpc)) return "at 0x100";
  return "warn: none at 0x100; P-256 checks cost about 250,000 gas more";
}

async function clockSkew(rpc: Rpc, nowMs: number): Promise<string> {
  const block = await rpc.request("eth_getBlockByNumber", ["latest", false]);
  const aheadS = Number(bigintOf(fieldOf(block, "timestamp"))) - Math.floor(nowMs / 1000);
  if (aheadS > 60) throw new Error(`the newest block is ${aheadS} s ahead of this machine's clock`);
  if (aheadS < -900) return `warn: the newest block is ${-aheadS} s old`;
  return `newest block ${-aheadS} s ago`;
}

function reachable(text: string): Promise<string> {
  const { hostname, port, protocol } = new URL(text);
  const fallback: Record<string, number> = { "mqtts:": 8883, "ssl:": 8883, "ws:": 80, "wss:": 443 };
  const number = port === "" ? (fallback[protocol] ?? 1883) : Number(port);
  return new Promise((found, fail) => {
    const socket = connect({ host: hostname, port: number, timeout: 5000 });
    const end = (error?: Error) => {
      socket.destroy();
      if (error === undefined) found(`${hostname}:${number}`);
      else fail(error);
    };
    socket.once("connect", () => end());
    socket.once("timeout", () => end(new Error(`${hostname}:${number} does not answer`)));
    socket.once("error", end);
  });
}

async function ready(url: string): Promise<string> {
  const response = await fetch(new URL("readyz", `${url.replace(/\/$/, "")}/`), {
    signal: AbortSignal.timeout(5000),
  });
  const answer = (await response.json()) as { checks?: { name: string; reason: string | null }[] };
  const reasons = (answer.checks ?? []).flatMap(({ name, reason }) =>
    reason === null ? [] : [`${name}: ${reason}`],
  );
  if (response.status !== 200) throw new Error(reasons.join("; ") || `HTTP ${response.status}`);
  return ["ready", ...reasons].join("; ");
}

async function served(url: string, network: Network): Promise<string> {
  const info = await fetchInfo(url);
  for (const name of ["registry", "log", "logId"] as const) {
    const wanted = network.get(name)?.toLowerCase();
    if (wanted !== undefined && wanted !== info[name].toLowerCase()) {
      throw new Error(`it serves ${name} ${info[name]}, not ${wanted}`);
    }
  }
  return `log ${info.logId} of ${info.log} on chain ${info.chainId}`;
}

function dataFolder(io: CliIo): string {
  const folder = resolve(io.cwd, environmentOf(io).FIELDSEAL_DATA ?? "./data");
  if (!existsSync(folder)) return `skip: ${folder} does not exist`;
  accessSync(folder, constants.W_OK);
  return `${folder} is writable`;
}

/** An endpoint of several: it must be of the first one's chain, and keep what the service asks for. */
async function endpoint(rpc: Rpc, first: Rpc): Promise<string> {
  const chainId = await checkedChainId(rpc, undefined);
  const expected = await checkedChainId(first, undefined).catch(() => chainId);
  if (chainId !== expected) {
    throw new Error(`${rpc.place} is of chain ${chainId}, the first endpoint of ${expected}`);
  }
  const finalized = await rpc.request("eth_getBlockByNumber", ["finalized", false]);
  const number = fieldOf(finalized, "number");
  await rpc.request("eth_getBalance", [`0x${"00".repeat(20)}`, number]);
  return `${rpc.place}, id ${chainId}, finalized block ${numberOf(number)}`;
}

/** The chain, or each of its endpoints. */
function chainChecks(urls: readonly string[], rpc: Rpc | undefined): Check[] {
  if (rpc === undefined) return [{ name: "chain", run: () => skipped("rpc") }];
  if (urls.length === 1) {
    return [{ name: "chain", run: async () => `id ${await checkedChainId(rpc, undefined)}` }];
  }
  const rpcs = urls.map((url) => jsonRpc(url, { timeoutMs: 5000 }));
  const [first = rpc] = rpcs;
  return rpcs.map((one, index) => ({
    name: `chain ${index + 1}`,
    run: () => endpoint(one, first),
  }));
}

/** Asks whichever of the endpoints answers. */
function anyOf(list: string): Rpc {
  const place = "the chain";
  let chosen: Promise<Rpc> | undefined;
  const choose = async () => jsonRpc(await answeringUrl(list), { timeoutMs: 5000 });
  return {
    place,
    async request(method, params) {
      chosen ??= choose();
      return (await chosen).request(method, params);
    },
  };
}

/** Every check of the surroundings, in the order in which one may cause the next to fail. */
export function doctorChecks(io: CliIo, network: Network): readonly Check[] {
  const rpcUrl = network.get("rpc");
  const urls = rpcUrl === undefined ? [] : rpcUrls(rpcUrl);
  const rpc = rpcUrl === undefined ? undefined : anyOf(rpcUrl);
  const overRpc = (run: (rpc: Rpc) => Promise<string>) => () =>
    rpc === undefined ? skipped("rpc") : run(rpc);
  const given = (name: NetworkName, run: (value: string) => Promise<string>) => () => {
    const value = network.get(name);
    return value === undefined ? skipped(name) : run(value);
  };
  const deployed = (name: "registry" | "log") =>
    overRpc(async (rpc) => {
      const address = network.get(name);
      return address === undefined ? skipped(name) : contract(rpc, address);
    });
  return [
    { name: "node", run: nodeVersion },
    ...chainChecks(urls, rpc),
    { name: "registry", run: deployed("registry") },
    { name: "log", run: deployed("log") },
    { name: "P-256", run: overRpc(precompile) },
    { name: "clock", run: overRpc((rpc) => clockSkew(rpc, io.nowMs())) },
    { name: "broker", run: given("mqtt", reachable) },
    { name: "service", run: given("url", ready) },
    { name: "serves", run: given("url", (url) => served(url, network)) },
    { name: "data folder", run: () => dataFolder(io) },
  ];
}

/** Runs one check; it never throws. */
export async function runCheck({ name, run }: Check): Promise<CheckResult> {
  try {
    const [, state, found = ""] = /^(?:(skip|warn): )?(.*)$/s.exec(await run()) ?? [];
    return { name, state: state === "skip" || state === "warn" ? state : "ok", found };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { name, state: "fail", found: cause instanceof Error ? cause.message : String(cause) };
  }
}
