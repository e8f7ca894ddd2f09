import { type DeviceId, deviceRegistryAbi, FieldsealError } from "@fieldseal/sdk";
import { Interface, type Result, Wallet } from "ethers";
import { callContract, isRevert, revertReason } from "../../chain/call-contract.ts";
import { checkedChainId, quietProvider } from "../../chain/connect.ts";
import { estimateFees } from "../../chain/fees.ts";
import { jsonRpc, type Rpc } from "../../chain/json-rpc.ts";
import type { AccountKey } from "../../chain/keys.ts";
import { bigintOf, fieldOf, hexOf, numberOf } from "../../chain/quantities.ts";
import type { Hex } from "../../chain/types.ts";

const registryInterface = new Interface(deviceRegistryAbi);

/** A DeviceRegistry that the CLI reads from. */
export type RegistrySession = {
  readonly rpc: Rpc;
  readonly rpcUrl: string;
  readonly chainId: bigint;
  readonly registry: Hex;
  /** Time of the newest block, seconds since 1970. */
  blockTimeS(): Promise<bigint>;
  call(name: string, args: readonly unknown[]): Promise<Result>;
};

/** @throws CHAIN_URL, CHAIN_UNREACHABLE, CHAIN_RPC, CONTRACT_MISSING */
export async function openRegistry(rpcUrl: string, registry: string): Promise<RegistrySession> {
  const rpc = jsonRpc(rpcUrl);
  const chainId = await checkedChainId(rpc, undefined);
  const address = hexOf(registry.toLowerCase());
  if (hexOf(await rpc.request("eth_getCode", [address, "latest"])) === "0x") {
    const message = `No contract at ${address} on chain ${chainId}.`;
    throw new FieldsealError("CONTRACT_MISSING", message);
  }
  return {
    rpc,
    rpcUrl,
    chainId,
    registry: address,
    async blockTimeS() {
      const block = await rpc.request("eth_getBlockByNumber", ["latest", false]);
      return bigintOf(fieldOf(block, "timestamp"));
    },
    call: (name, args) => callContract(rpc, registryInterface, address, name, args),
  };
}

/** What became of an action on chain. */
export type ActionReceipt = { readonly transaction: Hex; readonly block: number };

async function dryRun({ rpc, registry }: RegistrySession, from: string, data: string) {
  try {
    return bigintOf(await rpc.request("eth_estimateGas", [{ from, to: registry, data }]));
  } catch (error) {
    if (!isRevert(error)) throw error;
    const reason = revertReason(error, registryInterface);
    throw new FieldsealError("TRANSACTION_REVERTED", `The registry refuses: ${reason}.`, {
      reason,
    });
  }
}

const pollMs = 250;
const feeCapWei = 500_000_000_000n;

async function waitForReceipt(rpc: Rpc, hash: Hex, timeoutMs: number): Promise<unknown> {
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += pollMs) {
    const receipt = await rpc.request("eth_getTransactionReceipt", [hash]);
    if (receipt !== null) return receipt;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new FieldsealError(
    "TRANSACTION_PENDING",
    `Transaction ${hash} is sent but not in a block yet.`,
  );
}

/**
 * Sends an action of the owner and waits until it is in a block. It is tried out first, so that
 * what the contract refuses costs nothing.
 * @throws TRANSACTION_REVERTED with the contract's reason, TRANSACTION_PENDING after five minutes
 */
export async function sendAction(
  session: RegistrySession,
  owner: AccountKey,
  name: string,
  args: readonly unknown[],
): Promise<ActionReceipt> {
  const { rpc, rpcUrl, chainId, registry } = session;
  const data = registryInterface.encodeFunctionData(name, args);
  const gas = await dryRun(session, owner.address, data);
  const { maxFeeWei, tipWei } = await estimateFees(rpc, feeCapWei, 1n);
  const provider = quietProvider(rpcUrl, chainId);
  try {
    const fees =
      tipWei === undefined
        ? { gasPrice: maxFeeWei }
        : { maxFeePerGas: maxFeeWei, maxPriorityFeePerGas: tipWei };
    const wallet = new Wallet(owner.secret, provider);
    const request = { to: registry, data, gasLimit: (gas * 12n) / 10n, ...fees };
    const raw = await wallet.signTransaction(await wallet.populateTransaction(request));
    const hash = hexOf(await rpc.request("eth_sendRawTransaction", [raw]));
    const receipt = await waitForReceipt(rpc, hash, 300_000);
    if (numberOf(fieldOf(receipt, "status")) !== 1) {
      throw new FieldsealError("TRANSACTION_REVERTED", `Transaction ${hash} was reverted.`);
    }
    return { transaction: hash, block: numberOf(fieldOf(receipt, "blockNumber")) };
  } finally {
    provider.destroy();
  }
}

/** A device on chain; undefined if it is not enrolled. */
export type ChainDevice = {
  readonly device: DeviceId;
  readonly owner: string;
  readonly status: "active" | "suspended" | "retired";
  readonly attestation: number;
  readonly keyIndex: number;
  readonly ownerEpoch: number;
  readonly home: bigint;
  readonly enrolledBlock: bigint;
  readonly changedAt: bigint;
  /** Id of the current key. */
  readonly keyId: string;
};

const statuses = [undefined, "active", "suspended", "retired"] as const;

export async function chainDevice(
  session: RegistrySession,
  device: DeviceId,
): Promise<ChainDevice | undefined> {
  const [raw] = await session.call("device", [device]);
  const status = statuses[Number(raw.status)];
  if (status === undefined) return undefined;
  const [keyId] = await session.call("keyIdOf", [device, raw.keyIndex]);
  return {
    device,
    owner: String(raw.owner).toLowerCase(),
    status,
    attestation: Number(raw.attestation),
    keyIndex: Number(raw.keyIndex),
    ownerEpoch: Number(raw.ownerEpoch),
    home: BigInt(raw.home),
    enrolledBlock: BigInt(raw.enrolledBlock),
    changedAt: BigInt(raw.changedAt),
    keyId: String(keyId).toLowerCase(),
  };
}

/** @throws DEVICE_UNKNOWN */
export async function knownDevice(
  session: RegistrySession,
  device: DeviceId,
): Promise<ChainDevice> {
  const found = await chainDevice(session, device);
  if (found !== undefined) return found;
  throw new FieldsealError("DEVICE_UNKNOWN", `${device} is not enrolled in this registry.`);
}
