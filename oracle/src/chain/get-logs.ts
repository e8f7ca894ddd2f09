import { FieldsealError } from "@fieldseal/sdk";
import type { Rpc } from "./json-rpc.ts";
import { fieldOf, hexOf, numberOf, quantity } from "./quantities.ts";
import type { Hex } from "./types.ts";

/** An event as the chain reports it. */
export type EventLog = {
  /** Lowercase. */
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly blockNumber: number;
  readonly blockHash: Hex;
  readonly logIndex: number;
  readonly transactionHash: Hex;
};

export type LogFilter = {
  readonly address: Hex | readonly Hex[];
  readonly topics?: readonly (string | readonly string[] | null)[];
};

/** The events of the blocks up to `to`. */
export type LogChunk = { readonly to: number; readonly logs: readonly EventLog[] };

const widest = 5_000;

function parseLog(log: unknown): EventLog {
  const topics = fieldOf(log, "topics");
  return {
    address: hexOf(fieldOf(log, "address")),
    topics: Array.isArray(topics) ? topics.map(hexOf) : [],
    data: hexOf(fieldOf(log, "data")),
    blockNumber: numberOf(fieldOf(log, "blockNumber")),
    blockHash: hexOf(fieldOf(log, "blockHash")),
    logIndex: numberOf(fieldOf(log, "logIndex")),
    transactionHash: hexOf(fieldOf(log, "transactionHash")),
  };
}

async function logsOf(rpc: Rpc, filter: LogFilter, from: number, to: number): Promise<EventLog[]> {
  const range = { fromBlock: quantity(from), toBlock: quantity(to) };
  const logs = await rpc.request("eth_getLogs", [{ ...filter, ...range }]);
  if (!Array.isArray(logs)) throw new FieldsealError("CHAIN_RPC", "eth_getLogs gave no list.");
  return logs.map(parseLog);
}

/**
 * Reads events from block `from` to block `to`, inclusive, in chunks. Clients limit range and answer in ways of
 * their own, so a refused chunk is halved, and chunks grow again while they are taken.
 * @throws CHAIN_RPC when a single block is refused, CHAIN_UNREACHABLE
 */
export async function* getLogs(
  rpc: Rpc,
  filter: LogFilter,
  from: number,
  to: number,
): AsyncGenerator<LogChunk> {
  let width = widest;
  let next = from;
  while (next <= to) {
    const end = Math.min(next + width - 1, to);
    let logs: EventLog[];
    try {
      logs = await logsOf(rpc, filter, next, end);
    } catch (error) {
      const refused = error instanceof FieldsealError && error.code === "CHAIN_RPC";
      if (!refused || end === next) throw error;
      width = Math.max(1, Math.floor((end - next + 1) / 2));
      continue;
    }
    yield { to: end, logs };
    next = end + 1;
    width = Math.min(width * 2, widest);
  }
}
