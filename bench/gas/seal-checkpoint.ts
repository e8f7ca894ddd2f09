import { checkpointTypes } from "@fieldseal/sdk";
import { type Wallet, ZeroHash } from "ethers";
import { compactSignatures } from "./contract-arguments.ts";
import type { Deployed } from "./deploy-fieldseal.ts";

/** A log and the operators who seal it. */
export type BenchLog = { readonly logId: bigint; readonly quorum: readonly Wallet[] };

/** Opens a log with `operators`, of whom the first `threshold` will sign. */
export async function openLog(
  { chain, log }: Deployed,
  logId: bigint,
  operators: readonly Wallet[],
  threshold: number,
): Promise<{ opened: BenchLog; gas: number }> {
  const addresses = operators.map(({ address }) => address);
  const data = log.abi.encodeFunctionData("open", [false, 3600, addresses, threshold]);
  const { gas } = await chain.send(chain.accounts[0] ?? "", log.address, data);
  return { opened: { logId, quorum: operators.slice(0, threshold) }, gas };
}

/** Seals a root as the log's next checkpoint. */
export async function sealCheckpoint(
  { chain, log }: Deployed,
  { logId, quorum }: BenchLog,
  checkpoint: { index: bigint; root: string; size: bigint },
) {
  const { index, root, size } = checkpoint;
  const commitmentOf = (at: bigint) =>
    chain.call(log.address, log.abi.encodeFunctionData("commitmentOf", [logId, at]));
  const previous = index === 0n ? ZeroHash : await commitmentOf(index - 1n);
  const judgedBlock = chain.blockNumber();
  const candidate = { index, previous, epoch: 0, root, size, judgedBlock };
  const signatures = await compactSignatures(quorum, log.domain, checkpointTypes, {
    logId,
    ...candidate,
  });
  const data = log.abi.encodeFunctionData("append", [logId, candidate, signatures]);
  const { gas, timeS } = await chain.send(chain.accounts[0] ?? "", log.address, data);
  const signers = 2 ** quorum.length - 1;
  return { gas, sealed: { index, size, sealedAt: timeS, epoch: 0, signers } };
}
