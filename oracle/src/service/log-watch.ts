import { FieldsealError, readingLogAbi } from "@fieldseal/sdk";
import { Interface } from "ethers";
import type { LogInfo } from "../api/api-context.ts";
import { readLogState } from "../chain/chain-log.ts";
import type { Chain } from "../chain/connect.ts";
import { getLogs } from "../chain/get-logs.ts";
import { numberOf } from "../chain/quantities.ts";
import type { Hex, LogState } from "../chain/types.ts";

const abi = new Interface(readingLogAbi);

/** The log as it was last read: its committee for the API, its epoch for receipts. */
export type LogWatch = {
  info(): LogInfo;
  state(): LogState;
  /** Reads the log again; the committee only when its epoch is new. */
  step(): Promise<number>;
};

export type LogWatchOptions = {
  readonly chain: Chain;
  /** Block from which the log's events are read. */
  readonly deployBlock: number;
  readonly pollMs: number;
};

async function committeeOf(options: LogWatchOptions, epoch: number): Promise<readonly string[]> {
  const { rpc, identity } = options.chain;
  const topics = abi.encodeFilterTopics("CommitteeChanged", [identity.logId, epoch]);
  const newest = numberOf(await rpc.request("eth_blockNumber"));
  const filter = { address: identity.log, topics };
  for await (const { logs } of getLogs(rpc, filter, options.deployBlock, newest)) {
    for (const { topics: found, data } of logs) {
      const event = abi.parseLog({ topics: [...found], data });
      if (event === null) continue;
      return [...event.args.operators].map((operator: string) => operator.toLowerCase());
    }
  }
  throw new FieldsealError(
    "COMMITTEE_NOT_FOUND",
    `The chain shows no committee of epoch ${epoch} of log ${identity.logId} since block ${options.deployBlock}.`,
    { epoch, deployBlock: options.deployBlock },
  );
}

/**
 * Reads the log once and then at each step.
 * @throws COMMITTEE_NOT_FOUND, CHAIN_UNREACHABLE
 */
export async function watchLog(options: LogWatchOptions): Promise<LogWatch> {
  const { chain, pollMs } = options;
  let state = await readLogState(chain);
  let operators = await committeeOf(options, state.epoch);
  return {
    info: () => ({
      restricted: state.restricted,
      epoch: state.epoch,
      threshold: state.threshold,
      operators,
    }),
    state: () => state,
    async step() {
      const next = await readLogState(chain);
      if (next.epoch !== state.epoch) operators = await committeeOf(options, next.epoch);
      state = next;
      return pollMs;
    },
  };
}

/** @throws OPERATOR_NOT_MEMBER if the key is of nobody in the committee */
export function refuseStranger({ operators, epoch }: LogInfo, operator: Hex): void {
  if (operators.includes(operator)) return;
  throw new FieldsealError(
    "OPERATOR_NOT_MEMBER",
    `The operator's key ${operator} is not in the log's committee of epoch ${epoch}: ${operators.join(", ")}.`,
    { operator, epoch },
  );
}
