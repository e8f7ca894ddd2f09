import { hex } from "@fieldseal/sdk";
import { Interface } from "ethers";
import { jsonRpc } from "../../oracle/src/chain/json-rpc.ts";
import { accountKey } from "../../oracle/src/chain/keys.ts";
import { hexOf } from "../../oracle/src/chain/quantities.ts";
import { localRpcPolicy, RpcPool } from "../../oracle/src/chain/rpc-pool.ts";
import type { Hex } from "../../oracle/src/chain/types.ts";
import { TransactionWriter } from "../../oracle/src/chain/writer.ts";
import { localChainPolicy } from "../../oracle/src/chain/writer-policy.ts";
import { openStore } from "../../oracle/src/store/open-store.ts";
import { type TestChain, testKey } from "./chain.ts";
import { type Fate, type RpcProxy, startRpcProxy } from "./rpc-proxy.ts";
import { seededRandom } from "./seeded.ts";
import { manualClock, temporaryFolder, testCommon } from "./service.ts";

/** Logs its calldata whenever it is called, so that a call that takes effect twice is seen. */
const recorderCode = "0x365f5f37365fa000";
const recorder: Hex = `0x${"7e".repeat(20)}`;
const key = accountKey(testKey(5), "test key 5");
const wealth = "0x56bc75e2d63100000";
const feeCapWei = 50_000_000_000n;

export type OrdealOptions = {
  readonly node: TestChain;
  readonly seed: string;
  /** Calls wanted. */
  readonly intents: number;
  /** Rounds with faults. */
  readonly rounds: number;
};

export type OrdealResult = {
  /** How often each call took effect, in the order in which they were wanted. */
  readonly effects: readonly number[];
  readonly states: readonly string[];
  /** Transactions of the account, and different nonces of attempts that were mined. */
  readonly transactions: number;
  readonly minedNonces: number;
  /** Attempts dearer than the cap. */
  readonly overCap: number;
  readonly faults: number;
};

/** What an endpoint may do to a call, in an order that the seed fixes. */
function spoil(proxy: RpcProxy, random: () => number, canLie: boolean, count: () => void): void {
  const fates: readonly Fate[] = ["cut request", "cut answer", "twice", "repeat"];
  proxy.decide = () => {
    if (random() >= 0.06) return "pass";
    count();
    return fates[Math.floor(random() * fates.length)] ?? "pass";
  };
  proxy.rewrite = (method, result) => {
    if (!canLie || random() >= 0.1) return result;
    count();
    if (method === "eth_getTransactionCount") {
      return `0x${Math.max(0, Number(result) + Math.floor(random() * 7) - 3).toString(16)}`;
    }
    const isLookUp =
      method === "eth_getTransactionReceipt" || method === "eth_getTransactionByHash";
    return isLookUp ? null : result;
  };
}

function heal(proxy: RpcProxy): void {
  proxy.decide = () => "pass";
  proxy.rewrite = (_method, result) => result;
}

/**
 * Leads a writer with two endpoints through faults of every kind, restarts, reorganisations, forgetful pools, an
 * empty account and fees that rise and fall; then lets it finish.
 */
export async function writerOrdeal(options: OrdealOptions): Promise<OrdealResult> {
  const { node, seed, intents, rounds } = options;
  const random = seededRandom(seed);
  const clock = manualClock();
  const common = testCommon(clock);
  const folder = temporaryFolder();
  const open = () => openStore({ path: folder.path, log: common.log });
  const honest = await startRpcProxy(node.url);
  const liar = await startRpcProxy(node.url);
  const order = random() < 0.5 ? [honest, liar] : [liar, honest];
  await node.rpc("anvil_setCode", recorder, recorderCode);
  await node.rpc("anvil_setBalance", key.address, wealth);
  // A reorganisation must not reach below what was here before.
  await node.mine(3);
  await node.rpc("evm_setAutomine", false);
  const countBefore = Number(await node.rpc("eth_getTransactionCount", key.address, "latest"));
  const firstBlock = await node.rpc("eth_blockNumber");
  const genesis = (await node.rpc("eth_getBlockByNumber", "0x0", false)) as { hash: string };
  const chainId = BigInt(String(await node.rpc("eth_chainId")));

  const start = () => {
    const rpcs = order.map(({ url }) => jsonRpc(url));
    const rpc = new RpcPool({ common, random, rpcs, policy: localRpcPolicy });
    rpc.expect({ chainId, genesisHash: hexOf(genesis.hash) });
    const policy = { ...localChainPolicy, feeCapWei, bumpAfterMs: 5_000 };
    const abi = new Interface([]);
    const writer = new TransactionWriter({ common, random, store, rpc, chainId, key, policy, abi });
    return { writer, rpc };
  };
  let store = await open();
  let { writer, rpc } = start();
  let faults = 0;
  const calls = Array.from({ length: intents }, (_, index) => new Uint8Array([1, index]));
  const purpose = (index: number) => `test:${seed}:${index}`;
  const want = (index: number) =>
    writer.request({
      purpose: purpose(index),
      to: recorder,
      data: calls[index] ?? new Uint8Array(),
    });

  const upheavals: (() => Promise<unknown>)[] = [
    () => node.mine(),
    () => node.mine(),
    () => node.mine(2),
    () => node.rpc("anvil_reorg", 1, []),
    () => node.rpc("anvil_dropAllTransactions"),
    () => node.rpc("anvil_setBalance", key.address, "0x0"),
    () => node.rpc("anvil_setBalance", key.address, wealth),
    () => node.rpc("anvil_setBalance", key.address, wealth),
    () => node.rpc("anvil_setNextBlockBaseFeePerGas", "0xba43b7400"),
    async () => clock.advance(6_000),
    async () => {
      await store.close();
      store = await open();
      ({ writer, rpc } = start());
    },
  ];

  try {
    for (let round = 0; round < rounds; round++) {
      if (round % Math.ceil(rounds / intents) === 0) {
        await want(Math.floor(round / Math.ceil(rounds / intents)));
      }
      spoil(honest, random, false, () => faults++);
      spoil(liar, random, true, () => faults++);
      await writer.step().catch(() => undefined);
      await rpc.watch();
      heal(honest);
      heal(liar);
      clock.advance(1_000);
      await upheavals[Math.floor(random() * upheavals.length)]?.();
    }
    await node.rpc("anvil_setBalance", key.address, wealth);
    for (let index = 0; index < intents; index++) await want(index);
    const unfinished = () =>
      store.db
        .selectFrom("intents")
        .select("id")
        .where("state", "not in", ["final", "failed"])
        .execute();
    for (let round = 0; round < 400 && (await unfinished()).length > 0; round++) {
      clock.advance(2_000);
      await writer.step().catch(() => undefined);
      await node.mine();
    }
    const states = await Promise.all(calls.map((_, index) => writer.status(purpose(index))));
    const filter = { address: recorder, fromBlock: firstBlock, toBlock: "latest" };
    const logs = (await node.rpc("eth_getLogs", filter)) as { data: string }[];
    const attempts = await store.db
      .selectFrom("attempts")
      .select(["hash", "nonce", "max_fee_wei"])
      .execute();
    const minedNonces = new Set<number>();
    for (const { hash, nonce } of attempts) {
      if ((await node.rpc("eth_getTransactionReceipt", hash)) !== null) minedNonces.add(nonce);
    }
    const count = Number(await node.rpc("eth_getTransactionCount", key.address, "latest"));
    const fees = attempts.map(({ max_fee_wei }) => BigInt(max_fee_wei));
    return {
      effects: calls.map((call) => logs.filter(({ data }) => data === hex(call)).length),
      states: states.map(({ state }) => state),
      transactions: count - countBefore,
      minedNonces: minedNonces.size,
      overCap: fees.filter((fee) => fee > feeCapWei).length,
      faults,
    };
  } finally {
    await store.close();
    folder.remove();
    await Promise.all([honest.stop(), liar.stop()]);
  }
}
