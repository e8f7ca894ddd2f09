import { network } from "hardhat";

/** What one transaction cost, and where it stands. */
export type Mined = {
  readonly gas: number;
  readonly blockNumber: bigint;
  readonly timeS: bigint;
  readonly contract: string;
  readonly topics: readonly string[];
};

/** A fresh chain on which nothing but the transactions themselves moves time: gas comes out the same every run. */
export type GasChain = {
  readonly chainId: bigint;
  readonly accounts: readonly string[];
  /** Time of the newest block, seconds. */
  timeS(): bigint;
  blockNumber(): bigint;
  passTime(seconds: bigint): void;
  /** Mines one transaction in a block of its own. @throws when it fails */
  send(from: string, to: string | null, data: string): Promise<Mined>;
  /** Asks without a transaction; without `to`, runs `data` as a program. */
  call(to: string | null, data: string): Promise<string>;
  close(): Promise<void>;
};

type Receipt = {
  status: string;
  gasUsed: string;
  blockNumber: string;
  contractAddress: string | null;
  logs: { topics: string[] }[];
};

const genesisS = 1_767_225_600n;
const blockS = 12n;
const gasLimit = "0xf00000";
const hexOf = (value: bigint) => `0x${value.toString(16)}`;

/** Starts Hardhat's engine at a hardfork of the configuration, with fixed accounts, blocks and times. */
export async function startGasChain(hardfork: "osaka" | "cancun"): Promise<GasChain> {
  const connection = await network.create({
    network: hardfork,
    override: { initialDate: new Date(Number(genesisS) * 1000).toISOString() },
  });
  const { provider } = connection;
  const rpc = async <T>(method: string, ...params: unknown[]) =>
    (await provider.request({ method, params })) as T;
  const chainId = BigInt(await rpc<string>("eth_chainId"));
  const accounts = await rpc<string[]>("eth_accounts");
  let timeS = genesisS;
  let blockNumber = 0n;
  return {
    chainId,
    accounts,
    timeS: () => timeS,
    blockNumber: () => blockNumber,
    passTime(seconds) {
      timeS += seconds;
    },
    async send(from, to, data) {
      timeS += blockS;
      await rpc("evm_setNextBlockTimestamp", hexOf(timeS));
      const request = { from, data, gas: gasLimit, ...(to === null ? {} : { to }) };
      const hash = await rpc<string>("eth_sendTransaction", request);
      const receipt = await rpc<Receipt>("eth_getTransactionReceipt", hash);
      if (receipt.status !== "0x1") throw new Error(`A measured transaction failed: ${hash}`);
      blockNumber = BigInt(receipt.blockNumber);
      return {
        gas: Number(receipt.gasUsed),
        blockNumber,
        timeS,
        contract: receipt.contractAddress ?? "",
        topics: receipt.logs[0]?.topics ?? [],
      };
    },
    call: (to, data) => rpc<string>("eth_call", { data, ...(to === null ? {} : { to }) }, "latest"),
    close: () => connection.close(),
  };
}
