import { ReadingConsumer__factory } from "@fieldseal/typechain";
import { getBytes } from "ethers";
import type { Figures } from "../results/figures.ts";
import { ourArtifact } from "./artifact.ts";
import { callGas } from "./call-gas.ts";
import { type Deployed, deploy } from "./deploy-fieldseal.ts";
import { openLog } from "./seal-checkpoint.ts";
import { metricArgument, sealFleet } from "./sealed-fleet.ts";
import { seededDevice, seededOperators } from "./seeded-keys.ts";

const logId = 3n;
const many = 10;

/** EIP-7623: what a transaction pays at least, whatever the contract does. */
function calldataFloor(data: string): number {
  const tokens = getBytes(data).reduce((sum, byte) => sum + (byte === 0 ? 1 : 4), 0);
  return 21_000 + 10 * tokens;
}

/**
 * Proofs of readings below 17 siblings: whole transactions of a contract that stores the value into a slot written
 * before, and what ReadingLog's questions cost the contract that asks. Opens log 3.
 */
export async function measureProofs(deployed: Deployed): Promise<Figures> {
  const { chain, log } = deployed;
  const sender = chain.accounts[0] ?? "";
  const device = seededDevice(2, "proving device");
  const operators = seededOperators(4, "sealing operator");
  const { opened } = await openLog(deployed, logId, operators, 3);
  const fleet = await sealFleet(deployed, opened, device, many);
  const words = await Promise.all(Array.from({ length: many }, (_, i) => fleet.word(i)));
  const word = async (message: number) => words[message] ?? fleet.word(message);

  const consumer = await deploy(
    chain,
    ourArtifact("examples/ReadingConsumer"),
    ["address", "uint256", "address", "bytes32"],
    [log.address, logId, device.id, metricArgument],
  );
  const consumerAbi = ReadingConsumer__factory.createInterface();
  const use = (data: string) => chain.send(sender, consumer.contract, data);
  const ask = async (data: string) => {
    const { answered, gas } = await callGas(chain, log.address, data);
    if (!answered) throw new Error("A proof did not hold.");
    return gas;
  };
  const take = (message: number) =>
    consumerAbi.encodeFunctionData("take", [fleet.proof(message, 5)]);
  const takeSigned = async (message: number) =>
    consumerAbi.encodeFunctionData("takeSigned", [fleet.proof(message, 5), await word(message)]);

  const proofs = Array.from({ length: many }, (_, i) => fleet.proof(i, 5));
  const first = await use(take(0));
  const signed = await takeSigned(2);
  return {
    "gas.use_reading_first": first.gas,
    "gas.use_reading_depth17": (await use(take(1))).gas,
    "gas.use_reading_depth17_floor": calldataFloor(take(1)),
    "gas.use_reading_signed": (await use(signed)).gas,
    "gas.use_reading_signed_floor": calldataFloor(signed),
    "gas.verify": await ask(log.abi.encodeFunctionData("verify", [logId, fleet.proof(0, 5)])),
    "gas.verify_signed": await ask(
      log.abi.encodeFunctionData("verifySigned", [logId, fleet.proof(0, 5), await word(0)]),
    ),
    "gas.verify_not_in": await ask(
      log.abi.encodeFunctionData("verifyNotIn", [logId, fleet.absence(0)]),
    ),
    "gas.verify_many_10": await ask(log.abi.encodeFunctionData("verifyMany", [logId, proofs])),
    "gas.verify_signed_many_10": await ask(
      log.abi.encodeFunctionData("verifySignedMany", [logId, proofs, words]),
    ),
    "gas.verify_not_in_many_2": await ask(
      log.abi.encodeFunctionData("verifyNotInMany", [logId, [fleet.absence(0), fleet.absence(1)]]),
    ),
  };
}
