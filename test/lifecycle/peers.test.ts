import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { deviceIdOf, generateKey, hex, type KeyType, softwareSigner } from "@fieldseal/sdk";
import { registryPeers } from "@fieldseal/sdk/node";
import { expect } from "chai";
import { refusalOf } from "../sdk/support.ts";
import { startFinalAnvil, type TestChain } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import type { PeerDeviceOrders } from "../support/peer-device.ts";
import type { TestDevice } from "../support/registry-actions.ts";
import { startRpcProxy } from "../support/rpc-proxy.ts";
import { manualClock } from "../support/service.ts";
import { until } from "../support/until.ts";

const program = fileURLToPath(new URL("../support/peer-device.ts", import.meta.url));

/** A device that runs in a process of its own. */
type PeerProcess = {
  /** Waits for a line that it says and that matches, after the first `from` lines. */
  said(pattern: RegExp, from?: number): Promise<RegExpExecArray>;
  readonly lines: readonly string[];
  readonly child: ChildProcess;
};

function start(orders: PeerDeviceOrders): PeerProcess {
  const child = spawn(process.execPath, [program, JSON.stringify(orders)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  let rest = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const parts = `${rest}${chunk}`.split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
  return {
    child,
    lines,
    said: (pattern, from = 0) =>
      until(`saying ${pattern}`, () => {
        for (const line of lines.slice(from)) {
          const match = pattern.exec(line);
          if (match !== null) return match;
        }
        return undefined;
      }).catch((error: Error) => {
        throw new Error(`${error.message}; it said: ${lines.join(" | ")}`);
      }),
  };
}

/** The door closes the connection; how far TLS had come by then is a matter of moments. */
const turnedAway = /^failed PEER_(?:REFUSED|CONNECT)$/;

// One story: each step needs the ones before.
describe("two devices that talk without a server", function () {
  this.timeout(60_000);
  this.bail(true);
  const processes: PeerProcess[] = [];
  let node: TestChain;
  let deployment: TestDeployment;
  let door: Awaited<ReturnType<typeof device>>;
  let lamp: Awaited<ReturnType<typeof device>>;
  let doorProcess: PeerProcess;
  let port: number;

  before(async () => {
    node = await startFinalAnvil();
    deployment = await deployOn(node);
    door = await device(2);
    lamp = await device(1);
    doorProcess = run(door.orders);
    port = Number((await doorProcess.said(/^port (\d+)$/))[1]);
  });
  after(async () => {
    for (const { child } of processes) child.kill("SIGKILL");
    deployment?.provider.destroy();
    await node?.stop();
  });

  /** An enrolled device and what its process is told. */
  async function device(keyType: KeyType) {
    const { secret } = generateKey(keyType);
    const signer = softwareSigner(keyType, secret);
    const enrolled: TestDevice = await deployment.owner(2).enrol(keyType, 1n, signer);
    const orders: PeerDeviceOrders = {
      device: enrolled.id,
      keyIndex: 0,
      keyType,
      secret: hex(secret),
      domain: hex(deployment.domain),
      rpcUrl: node.url,
      registry: deployment.registry,
    };
    return { enrolled, orders };
  }

  function run(orders: PeerDeviceOrders): PeerProcess {
    const started = start(orders);
    processes.push(started);
    return started;
  }

  const callDoor = (orders: PeerDeviceOrders) =>
    run({ ...orders, call: { device: door.enrolled.id, port } });

  let talking: PeerProcess;

  it("know each other and exchange data, one with a P-256 and one with a secp256k1 key", async () => {
    talking = callDoor(lamp.orders);
    await talking.said(new RegExp(`^peer ${door.enrolled.id} 0$`));
    await talking.said(new RegExp(`^heard it is ${door.enrolled.id}$`));
    await doorProcess.said(new RegExp(`^peer ${lamp.enrolled.id} 0$`));
    await doorProcess.said(new RegExp(`^heard it is ${lamp.enrolled.id}$`));
  });

  it("part when one is suspended, and meet again only when it is resumed", async () => {
    const owner = deployment.owner(2);
    await owner.send("suspend", lamp.enrolled.id);
    await doorProcess.said(/^ended DEVICE_SUSPENDED$/);
    await talking.said(/^ended /);
    await callDoor(lamp.orders).said(turnedAway);
    await doorProcess.said(/^refused DEVICE_SUSPENDED$/);
    await owner.send("resume", lamp.enrolled.id);
    await until("meeting again", async () => {
      talking = callDoor(lamp.orders);
      await talking.said(/^(?:heard|failed)/);
      return talking.lines[0]?.startsWith("peer");
    });
  });

  it("turn a clone away that has the id and another key", async () => {
    const clone = { ...lamp.orders, secret: hex(generateKey(1).secret) };
    await callDoor(clone).said(turnedAway);
    await doorProcess.said(/^refused PEER_KEY$/);
  });

  it("turn a device away that nobody has enrolled", async () => {
    const { secret, publicKey } = generateKey(2);
    const stranger = {
      ...lamp.orders,
      secret: hex(secret),
      keyType: 2,
      device: deviceIdOf(publicKey),
    };
    await callDoor(stranger as PeerDeviceOrders).said(turnedAway);
    await doorProcess.said(/^refused DEVICE_UNKNOWN$/);
  });

  it("part when the key of one is rotated, and refuse the old one", async () => {
    await deployment.owner(2).rotate(door.enrolled, 1, false);
    await talking.said(/^ended PEER_KEY$/);
    await callDoor(lamp.orders).said(/^failed PEER_KEY$/);
  });

  it("have a directory that follows the chain, and goes silent when it has not for too long", async () => {
    const proxy = await startRpcProxy(node.url);
    const clock = manualClock();
    let calls = 0;
    proxy.decide = () => {
      calls += 1;
      return "pass";
    };
    const { registry, domain } = deployment;
    const options = { rpcUrl: proxy.url, registry, domain, clock, maxAgeMs: 60_000 };
    const directory = registryPeers(options);
    const [first, again] = await Promise.all([
      directory.lookup(lamp.enrolled.id),
      directory.lookup(lamp.enrolled.id),
    ]);
    const asOfMs = clock.nowMs();
    expect(first).to.deep.equal({ status: "active", keyIndex: 0, keyId: lamp.enrolled.id, asOfMs });
    expect(again).to.equal(first);
    expect(calls).to.equal(4);
    expect((await directory.lookup(door.enrolled.id)).keyIndex).to.equal(1);
    expect((await directory.lookup(deployment.registry as `0x${string}`)).status).to.equal(
      "unknown",
    );
    await deployment.owner(2).send("retire", lamp.enrolled.id);
    expect((await directory.lookup(lamp.enrolled.id)).status).to.equal("active");
    clock.advance(5000);
    expect((await directory.lookup(lamp.enrolled.id)).status).to.equal("retired");

    const elsewhere = registryPeers({ ...options, domain: new Uint8Array(32) });
    expect(await refusalOf(elsewhere.lookup(door.enrolled.id))).to.equal("PEER_DIRECTORY");
    const nothingThere = registryPeers({ ...options, registry: `0x${"77".repeat(20)}` });
    expect(await refusalOf(nothingThere.lookup(door.enrolled.id))).to.equal("PEER_DIRECTORY");

    const chainMs = ((await deployment.provider.getBlock("latest"))?.timestamp ?? 0) * 1000;
    const strict = { ...options, maxBlockAgeMs: 60_000 };
    const asleep = registryPeers({ ...strict, clock: manualClock(chainMs + 60_001) });
    expect(await refusalOf(asleep.lookup(door.enrolled.id))).to.equal("PEER_DIRECTORY");
    const awake = registryPeers({ ...strict, clock: manualClock(chainMs + 60_000) });
    expect((await awake.lookup(door.enrolled.id)).status).to.equal("active");

    await proxy.stop();
    clock.advance(55_000);
    expect((await directory.lookup(door.enrolled.id)).asOfMs).to.equal(asOfMs);
    clock.advance(1);
    expect(await refusalOf(directory.lookup(door.enrolled.id))).to.equal("PEER_DIRECTORY");
    clock.advance(-70_000);
    expect(await refusalOf(directory.lookup(door.enrolled.id))).to.equal("PEER_DIRECTORY");
  });

  it("part when the chain has been out of reach for longer than the bound", async () => {
    const [oven, fan] = [await device(2), await device(2)];
    const proxy = await startRpcProxy(node.url);
    const waiting = run({ ...oven.orders, rpcUrl: proxy.url });
    const [, ovenPort] = await waiting.said(/^port (\d+)$/);
    const call = { device: oven.enrolled.id, port: Number(ovenPort) };
    const calling = run({ ...fan.orders, call });
    await calling.said(/^heard/);
    await proxy.stop();
    await waiting.said(/^ended PEER_DIRECTORY$/);
    await run({ ...fan.orders, call }).said(turnedAway);
  });
});
