import { fromHex, readingLogAbi } from "@fieldseal/sdk";
import { Interface, Signature } from "ethers";
import { blockAt, findBlock } from "./blocks.ts";
import { callContract } from "./call-contract.ts";
import type { Chain } from "./connect.ts";
import { type EventLog, getLogs } from "./get-logs.ts";
import type { Rpc } from "./json-rpc.ts";
import { onOneEndpoint } from "./on-one-endpoint.ts";
import { hexOf } from "./quantities.ts";
import type { Candidate, ChainLog, LogState, SealedCheckpoint } from "./types.ts";
import type { TransactionWriter } from "./writer.ts";

const abi = new Interface(readingLogAbi);

/** 64 bytes r ‖ yParityAndS (ERC-2098) of a 65- or 64-byte signature. */
function compact(signature: Uint8Array): { r: string; vs: string } {
  const bytes = `0x${Buffer.from(signature).toString("hex")}`;
  const { r, yParityAndS } = Signature.from(bytes);
  return { r, vs: yParityAndS };
}

/** Calldata of `append`. */
export function appendCalldata(
  logId: bigint,
  candidate: Candidate,
  signatures: readonly Uint8Array[],
): Uint8Array {
  return fromHex(abi.encodeFunctionData("append", [logId, candidate, signatures.map(compact)]));
}

/** The name under which the writer keeps the sealing of a checkpoint. */
const appendPurpose = (logId: bigint, index: bigint): string => `append:${logId}:${index}`;

/** Reads the log as of the newest block. @throws CHAIN_UNREACHABLE */
export async function readLogState({ rpc, identity }: Chain): Promise<LogState> {
  const [state] = await callContract(rpc, abi, identity.log, "log", [identity.logId]);
  return {
    owner: hexOf(state.owner),
    restricted: Boolean(state.restricted),
    epoch: Number(state.epoch),
    threshold: Number(state.threshold),
    members: Number(state.members),
    nextIndex: BigInt(state.nextIndex),
    lastSealedAt: BigInt(state.lastSealedAt),
    graceSeconds: Number(state.graceSeconds),
  };
}

/** Whether an event's block is the chain's own: behind one URL may be clients that follow different forks. */
async function isInChain(rpc: Rpc, { blockNumber, blockHash }: EventLog): Promise<boolean> {
  return (await findBlock(rpc, blockNumber))?.hash === blockHash;
}

/** The oracle's log on its chain; transactions go through `writer`. */
export function createChainLog(chain: Chain, writer: TransactionWriter): ChainLog {
  const { rpc, identity } = chain;
  const { log, logId } = identity;
  const call = (name: string, args: unknown[]) => callContract(rpc, abi, log, name, args);

  async function findSealed(
    one: Rpc,
    index: bigint,
    fromBlock: number,
  ): Promise<SealedCheckpoint | undefined> {
    const topics = abi.encodeFilterTopics("CheckpointSealed", [logId, index]);
    const latest = await blockAt(one, "latest");
    for await (const chunk of getLogs(one, { address: log, topics }, fromBlock, latest.number)) {
      const found = chunk.logs.at(-1);
      if (found === undefined) continue;
      const event = abi.decodeEventLog("CheckpointSealed", found.data, [...found.topics]);
      const finalized = await blockAt(one, "finalized");
      return {
        index,
        root: hexOf(event.root),
        size: BigInt(event.size),
        sealedAt: BigInt(event.sealedAt),
        epoch: Number(event.epoch),
        signers: Number(event.signers),
        judgedBlock: BigInt(event.judgedBlock),
        transaction: found.transactionHash,
        block: found.blockNumber,
        final: found.blockNumber <= finalized.number && (await isInChain(one, found)),
      };
    }
    return undefined;
  }

  return {
    identity,

    state: () => readLogState(chain),

    async commitmentOf(index) {
      const [commitment] = await call("commitmentOf", [logId, index]);
      return hexOf(commitment);
    },

    async positionOf(operator, epoch) {
      const [position] = await call("memberOf", [logId, epoch, operator]);
      return Number(position) === 0 ? undefined : Number(position) - 1;
    },

    sealed: (index, fromBlock) => onOneEndpoint(rpc, (one) => findSealed(one, index, fromBlock)),

    async submit(candidate, signatures) {
      const data = appendCalldata(logId, candidate, signatures);
      await writer.request({ purpose: appendPurpose(logId, candidate.index), to: log, data });
    },

    submission: (index) => writer.status(appendPurpose(logId, index)),
  };
}
