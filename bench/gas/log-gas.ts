import { committeeChangeTypes, hex, sha256 } from "@fieldseal/sdk";
import { solidityPackedKeccak256, toUtf8Bytes, type Wallet } from "ethers";
import type { Figures } from "../results/figures.ts";
import { compactSignatures } from "./contract-arguments.ts";
import type { Deployed } from "./deploy-fieldseal.ts";
import { type BenchLog, openLog, sealCheckpoint } from "./seal-checkpoint.ts";
import { seededOperators } from "./seeded-keys.ts";

const messages = 100_000n;
const aDayS = 86_400n;
const threshold = 3;
const rootOf = (index: bigint) => hex(sha256(toUtf8Bytes(`checkpoint ${index}`)));

/** Gas of the first checkpoint of a log, and of the dearest of the next three. */
async function seal(deployed: Deployed, log: BenchLog) {
  const costs: number[] = [];
  for (let index = 0n; index < 4n; index++) {
    const checkpoint = { index, root: rootOf(index), size: messages };
    costs.push((await sealCheckpoint(deployed, log, checkpoint)).gas);
  }
  const [first = 0, ...later] = costs;
  return { first, later: Math.max(...later) };
}

/** Announces a committee by the quorum's signatures, then activates it. */
async function changeCommittee({ chain, log }: Deployed, of: BenchLog, next: readonly Wallet[]) {
  const operators = next.map(({ address }) => address);
  const operatorsHash = solidityPackedKeccak256(["address[]"], [operators]);
  const value = { logId: of.logId, epoch: 1, operatorsHash, threshold };
  const signatures = await compactSignatures(of.quorum, log.domain, committeeChangeTypes, value);
  const send = (data: string) => chain.send(chain.accounts[0] ?? "", log.address, data);
  const values = [of.logId, operators, threshold, signatures] as const;
  const announced = await send(log.abi.encodeFunctionData("announceCommittee", [...values]));
  chain.passTime(3n * aDayS);
  const activated = await send(log.abi.encodeFunctionData("activateCommittee", [of.logId]));
  return { announced: announced.gas, activated: activated.gas };
}

/** The owner of a dead log names a committee. */
async function reviveByOwner({ chain, log }: Deployed, logId: bigint, next: readonly Wallet[]) {
  chain.passTime(10n * aDayS);
  const operators = next.map(({ address }) => address);
  const data = log.abi.encodeFunctionData("announceCommitteeByOwner", [
    logId,
    operators,
    threshold,
  ]);
  return (await chain.send(chain.accounts[0] ?? "", log.address, data)).gas;
}

/** Whole transactions of each function of ReadingLog; a checkpoint of 100,000 messages. Opens logs 1 and 2. */
export async function measureLog(deployed: Deployed): Promise<Figures> {
  const one = await openLog(deployed, 1n, seededOperators(1, "sole operator"), 1);
  const four = await openLog(deployed, 2n, seededOperators(4, "operator"), threshold);
  const alone = await seal(deployed, one.opened);
  const quorum = await seal(deployed, four.opened);
  const change = await changeCommittee(deployed, four.opened, seededOperators(4, "successor"));
  return {
    "gas.deploy_log": deployed.log.gas,
    "gas.open_log_1": one.gas,
    "gas.open_log_4": four.gas,
    "gas.append_1of1": alone.later,
    "gas.append_3of4": quorum.later,
    "gas.append_3of4_first": quorum.first,
    "gas.announce_committee": change.announced,
    "gas.activate_committee": change.activated,
    "gas.announce_committee_by_owner": await reviveByOwner(
      deployed,
      1n,
      seededOperators(4, "rescuer"),
    ),
  };
}
