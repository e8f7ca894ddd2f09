import { DeviceRegistry__factory, ReadingLog__factory } from "@fieldseal/typechain";
import { type Signer, Wallet, ZeroHash } from "ethers";
import { network } from "hardhat";
import { type DeviceKey, secp256k1Key } from "./device-keys.ts";
import { checkpointTypes, enrolTypes, typedBytes } from "./typed-data.ts";

export const FAR = 4_000_000_000n;

export type Candidate = {
  index: bigint;
  previous: string;
  epoch: number;
  root: string;
  size: bigint;
  judgedBlock: bigint;
};

/** The hardforks that contracts must run on: with the P-256 precompile and without it. */
export const hardforks = ["osaka", "cancun"] as const;
export type Hardfork = (typeof hardforks)[number];

/** Registry, log and everything that signs, on a fresh chain. */
export async function deployFieldseal(hardfork: Hardfork) {
  const connection = await network.create(hardfork);
  const { ethers } = connection;
  const chainId = (await ethers.provider.getNetwork()).chainId;
  const [deployer, owner, buyer] = await ethers.getSigners();
  if (deployer === undefined || owner === undefined || buyer === undefined) {
    throw new Error("the simulated chain has too few accounts");
  }
  const deploy = async (name: string, args: unknown[]) =>
    (await ethers.deployContract(name, args)).getAddress();
  const registry = DeviceRegistry__factory.connect(await deploy("DeviceRegistry", [0]), deployer);
  const log = ReadingLog__factory.connect(
    await deploy("ReadingLog", [await registry.getAddress()]),
    deployer,
  );
  const registryDomain = {
    name: "Fieldseal DeviceRegistry",
    version: "1",
    chainId,
    verifyingContract: await registry.getAddress(),
  };
  const logDomain = {
    name: "Fieldseal ReadingLog",
    version: "1",
    chainId,
    verifyingContract: await log.getAddress(),
  };

  const enrol = async (owner: Signer, key: DeviceKey, home = 1n) => {
    const value = { device: key.id, owner: await owner.getAddress(), home, deadline: FAR };
    const signature = key.signAction(typedBytes(registryDomain, enrolTypes, value));
    return registry.connect(owner).enrol(key.public, home, FAR, signature);
  };

  const openLog = async (members: number, threshold: number) => {
    const operators = operatorsOf(members);
    await log.open(
      false,
      3600,
      operators.map((operator) => operator.address),
      threshold,
    );
    return operators;
  };

  const signCandidate = async (logId: bigint, candidate: Candidate, signers: Wallet[]) => {
    const value = { logId, ...candidate };
    return Promise.all(
      signers.map(async (signer) => {
        const compact = ethers.Signature.from(
          await signer.signTypedData(logDomain, checkpointTypes, value),
        );
        return { r: compact.r, vs: compact.yParityAndS };
      }),
    );
  };

  const seal = async (logId: bigint, root: string, size: bigint, signers: Wallet[]) => {
    const { nextIndex, epoch } = await log.log(logId);
    const candidate = {
      index: nextIndex,
      previous: nextIndex === 0n ? ZeroHash : await log.commitmentOf(logId, nextIndex - 1n),
      epoch: Number(epoch),
      root,
      size,
      judgedBlock: BigInt(await ethers.provider.getBlockNumber()),
    };
    const signatures = await signCandidate(logId, candidate, signers);
    const transaction = await log.append(logId, candidate, signatures);
    const receipt = await transaction.wait();
    if (receipt === null) throw new Error("no receipt");
    const block = await receipt.getBlock();
    return {
      receipt,
      candidate,
      checkpoint: {
        index: nextIndex,
        size,
        sealedAt: BigInt(block.timestamp),
        epoch,
        signers: BigInt((1 << signers.length) - 1),
      },
    };
  };

  return {
    connection,
    ethers,
    deployer,
    owner,
    buyer,
    deploy,
    registry,
    log,
    registryDomain,
    logDomain,
    enrol,
    openLog,
    signCandidate,
    seal,
  };
}

export type Fieldseal = Awaited<ReturnType<typeof deployFieldseal>>;

/** Operators in the order of their addresses, as committees list them. */
export function operatorsOf(count: number): Wallet[] {
  return Array.from(
    { length: count },
    (_, i) => new Wallet(`0x${"0a".repeat(31)}${(i + 16).toString(16)}`),
  ).sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
}

export const softKey = (seed: number): DeviceKey =>
  secp256k1Key(`0x${"0b".repeat(31)}${(seed + 16).toString(16)}`);

export async function gasOf(sent: Promise<{ wait(): Promise<{ gasUsed: bigint } | null> }>) {
  const receipt = await (await sent).wait();
  if (receipt === null) throw new Error("no receipt");
  return Number(receipt.gasUsed);
}
