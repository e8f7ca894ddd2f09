import { checkpointTypes, fromHex, logDomain, readingLogAbi, typedDigest } from "@fieldseal/sdk";
import { Interface, SigningKey } from "ethers";
import { createChainLog } from "../../../oracle/src/chain/chain-log.ts";
import { type Chain, connectChain } from "../../../oracle/src/chain/connect.ts";
import type { Rpc } from "../../../oracle/src/chain/json-rpc.ts";
import { accountKey } from "../../../oracle/src/chain/keys.ts";
import type { Candidate, ChainLog } from "../../../oracle/src/chain/types.ts";
import { TransactionWriter } from "../../../oracle/src/chain/writer.ts";
import { localChainPolicy, type WriterPolicy } from "../../../oracle/src/chain/writer-policy.ts";
import type { Common } from "../../../oracle/src/internal/common.ts";
import type { Store } from "../../../oracle/src/store/open-store.ts";
import { type Deployment, deployFieldseal } from "../../../scripts/deploy/deploy-fieldseal.ts";
import { openLog } from "../../../scripts/deploy/open-log.ts";
import { startAnvil, type TestChain, testKey } from "../../support/chain.ts";
import { type manualClock, temporaryFolder, testCommon } from "../../support/service.ts";
import { openTestStore } from "../../support/test-store.ts";

/** The operator pays and is the whole committee; the owner deploys and enrols. */
export const ownerKey = testKey(0);
export const operator = accountKey(testKey(1), "test key 1");
export const graceSeconds = 100;

/** A node with the contracts deployed and one log open. */
export type DeployedChain = {
  readonly node: TestChain;
  readonly deployment: Deployment;
  readonly chain: Chain;
  /** Puts the chain back to just after deployment. */
  reset(): Promise<void>;
  stop(): Promise<void>;
};

export async function deployedChain(start: () => Promise<TestChain> = startAnvil) {
  const node = await start();
  const folder = temporaryFolder();
  const deployment = await deployFieldseal({
    rpcUrl: node.url,
    signerKey: ownerKey,
    folder: folder.path,
    p256Route: 0,
  });
  const readingLog = deployment.readingLog.address;
  const logId = await openLog({
    rpcUrl: node.url,
    signerKey: ownerKey,
    readingLog,
    operators: [operator.address],
    threshold: 1,
    restricted: false,
    graceSeconds,
  });
  await node.mine(3);
  const registry = deployment.deviceRegistry.address;
  const grants = deployment.accessGrants.address;
  const chain = await connectChain({
    common: testCommon(),
    random: () => 0.5,
    rpcUrl: node.url,
    registry,
    grants,
    log: readingLog,
    logId,
  });
  let snapshot = await node.rpc("evm_snapshot");
  const result: DeployedChain = {
    node,
    deployment,
    chain,
    async reset() {
      await node.rpc("evm_revert", snapshot);
      await node.rpc("anvil_dropAllTransactions").catch(() => undefined);
      snapshot = await node.rpc("evm_snapshot");
      await node.rpc("evm_setAutomine", true);
    },
    async stop() {
      chain.close();
      folder.remove();
      await node.stop();
    },
  };
  return result;
}

export async function temporaryStore(): Promise<{
  store: Store;
  reopen(): Promise<Store>;
  remove(): Promise<void>;
}> {
  const folder = temporaryFolder();
  const open = () => openTestStore(folder.path);
  let store = await open();
  return {
    store,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async remove() {
      await store.close();
      folder.remove();
    },
  };
}

/** A JSON-RPC whose answers a test can spoil. */
export type FaultyRpc = Rpc & {
  /** Called before a request goes out; what it throws is the request's outcome. */
  before: (method: string, params: readonly unknown[]) => void;
  /** Called when the answer came; what it throws replaces the answer. */
  after: (method: string) => void;
  /** Methods asked for, oldest first. */
  readonly calls: string[];
};

export function faultyRpc(rpc: Rpc): FaultyRpc {
  const faulty: FaultyRpc = {
    place: rpc.place,
    before: () => {},
    after: () => {},
    calls: [],
    async request(method, params = []) {
      faulty.calls.push(method);
      faulty.before(method, params);
      const answer = await rpc.request(method, params);
      faulty.after(method);
      return answer;
    },
  };
  return faulty;
}

export const abi = new Interface(readingLogAbi);

export function createWriter(
  { chain }: DeployedChain,
  store: Store,
  options: {
    rpc?: Rpc;
    policy?: Partial<WriterPolicy>;
    clock?: ReturnType<typeof manualClock>;
    common?: Common;
  } = {},
): { writer: TransactionWriter; log: ChainLog } {
  const writer = new TransactionWriter({
    common: options.common ?? testCommon(options.clock),
    random: () => 0.5,
    store,
    rpc: options.rpc ?? chain.rpc,
    chainId: chain.identity.chainId,
    key: operator,
    policy: { ...localChainPolicy, firstRetryMs: 0, lastRetryMs: 0, ...options.policy },
    abi,
  });
  return { writer, log: createChainLog(chain, writer) };
}

/** A candidate that the log takes next, with the operator's signature. */
export async function signedCandidate(
  { chain }: DeployedChain,
  log: ChainLog,
  root = `0x${"ab".repeat(32)}` as const,
): Promise<{ candidate: Candidate; signature: Uint8Array }> {
  const { chainId, logId, log: address } = chain.identity;
  const { nextIndex, epoch } = await log.state();
  const none = `0x${"00".repeat(32)}` as const;
  const previous = nextIndex === 0n ? none : await log.commitmentOf(nextIndex - 1n);
  const candidate = { index: nextIndex, previous, epoch, root, size: 3n, judgedBlock: 1n };
  const value = { logId, ...candidate };
  const digest = typedDigest(1, logDomain(chainId, address), checkpointTypes, value);
  const signature = fromHex(new SigningKey(operator.secret).sign(digest).serialized);
  return { candidate, signature };
}
