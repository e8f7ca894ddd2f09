import { type DeviceId, deviceRegistryAbi, FieldsealError } from "@fieldseal/sdk";
import { Interface } from "ethers";
import type { AccountKey } from "../../chain/keys.ts";
import type { Hex } from "../../chain/types.ts";
import {
  type ActionReceipt,
  type ContractSession,
  openContract,
  sendToContract,
} from "./contract-session.ts";

const kind = { name: "The registry", abi: new Interface(deviceRegistryAbi) };

/** A DeviceRegistry that the CLI reads from and sends to. */
export type RegistrySession = ContractSession & { readonly registry: Hex };

/** @throws CHAIN_URL, CHAIN_UNREACHABLE, CHAIN_RPC, CONTRACT_MISSING */
export async function openRegistry(rpcUrl: string, registry: string): Promise<RegistrySession> {
  const session = await openContract(kind, rpcUrl, registry);
  return { ...session, registry: session.address };
}

/**
 * Sends an action of the owner to the registry.
 * @throws as {@link sendToContract}
 */
export function sendAction(
  session: RegistrySession,
  owner: AccountKey,
  name: string,
  args: readonly unknown[],
): Promise<ActionReceipt> {
  return sendToContract(session, owner, name, args);
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
  /** The manifest it was claimed from, 0 for none. */
  readonly manifest: bigint;
  /** Whether a recall of it or of its manifest is in force. */
  readonly recalled: boolean;
  /** Seconds since 1970 from which an announced recovery can be completed, 0 for none. */
  readonly recoveryAt: bigint;
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
    manifest: BigInt(raw.manifest),
    recalled: Boolean(raw.recalled),
    recoveryAt: BigInt(raw.recoveryAt),
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
