import { equalBytes } from "../../bytes/arrays.ts";
import { fromHex } from "../../bytes/hex.ts";
import type { DeviceClock } from "../../device/ports.ts";
import { sdkError } from "../../errors/sdk-error.ts";
import { parseDeviceId } from "../../id/device-id.ts";
import type { DeviceId } from "../../types.ts";
import type { PeerDirectory, PeerRecord, PeerStatus } from "./peer-directory.ts";
import { callRegistry, type FinalizedBlock, type RegistryCalls } from "./registry-calls.ts";

/** In the order of IDeviceRegistry.Status. */
const statuses: readonly PeerStatus[] = ["unknown", "active", "suspended", "retired"];
const maxKnown = 10_000;

export type RegistryPeersOptions = {
  /** A node of the chain that the device trusts. */
  readonly rpcUrl: string;
  /** The DeviceRegistry's address. */
  readonly registry: string;
  /** The deployment, from messageDomain: a registry or chain that does not fit it answers nothing. */
  readonly domain: Uint8Array;
  /** Oldest answer that is used while the chain cannot be reached, milliseconds. */
  readonly maxAgeMs: number;
  /** How long an answer is used without asking again, milliseconds; 5 s, or `maxAgeMs` if that is less. */
  readonly refreshMs?: number;
  /**
   * Oldest finalized block, by its time, that is still taken for the chain's state, milliseconds: against a node that
   * answers and no longer follows. Any if left out; more than finality takes, or nothing is ever taken.
   */
  readonly maxBlockAgeMs?: number;
  readonly clock: DeviceClock;
};

/**
 * A {@link PeerDirectory} over the chain, as of its finalized block. Answers are kept, and no longer believed
 * than `maxAgeMs`: a device cut off from its chain for longer talks to nobody.
 */
export function registryPeers(options: RegistryPeersOptions): PeerDirectory {
  const { clock, maxAgeMs } = options;
  const refreshMs = Math.min(options.refreshMs ?? 5000, maxAgeMs);
  const calls = callRegistry(options.rpcUrl, options.registry);
  const known = new Map<DeviceId, PeerRecord>();
  const asking = new Map<DeviceId, Promise<PeerRecord>>();
  let isChecked = false;
  let newest = 0n;

  async function ask(device: DeviceId): Promise<PeerRecord> {
    const asOfMs = clock.nowMs();
    if (!isChecked) await refuseOtherDeployment(calls, options);
    isChecked = true;
    // What was final when this was asked: answers of several questions may overtake each other.
    const floor = newest;
    const block = await calls.finalizedBlock();
    refuseOldBlock(block, floor, options);
    newest = block.number > newest ? block.number : newest;
    const record = { ...(await read(calls, block.number, device)), asOfMs };
    known.delete(device);
    // Made-up ids must not push out devices.
    if (record.status !== "unknown") remember(known, device, record);
    return record;
  }

  function askOnce(device: DeviceId): Promise<PeerRecord> {
    const under = asking.get(device);
    if (under !== undefined) return under;
    const answer = ask(device).finally(() => asking.delete(device));
    asking.set(device, answer);
    return answer;
  }

  return {
    async lookup(text) {
      const device = parseDeviceId(text);
      const kept = known.get(device);
      if (kept !== undefined && ageMs(kept, clock) < refreshMs) return kept;
      return askOnce(device).catch((error: unknown) => {
        const last = known.get(device);
        if (last !== undefined && ageMs(last, clock) <= maxAgeMs) return last;
        throw error;
      });
    },
  };
}

/** A clock set back makes what is known old, not new. */
function ageMs({ asOfMs }: PeerRecord, clock: DeviceClock): number {
  const age = clock.nowMs() - asOfMs;
  return age < 0 ? Number.POSITIVE_INFINITY : age;
}

function remember(known: Map<DeviceId, PeerRecord>, device: DeviceId, record: PeerRecord): void {
  const oldest = known.size >= maxKnown ? known.keys().next().value : undefined;
  if (oldest !== undefined) known.delete(oldest);
  known.set(device, record);
}

function refuseOldBlock(
  { number, timeMs }: FinalizedBlock,
  floor: bigint,
  { clock, maxBlockAgeMs }: RegistryPeersOptions,
): void {
  if (number < floor) {
    const message = "The node is behind what was final before: revoked peers would come back.";
    throw sdkError("PEER_DIRECTORY", message, { number: String(number), floor: String(floor) });
  }
  // A time that cannot be read is NaN, and no comparison with it is true.
  if (maxBlockAgeMs !== undefined && !(clock.nowMs() - timeMs <= maxBlockAgeMs)) {
    throw sdkError("PEER_DIRECTORY", "The node no longer follows its chain.", { timeMs });
  }
}

async function read(
  calls: RegistryCalls,
  number: bigint,
  device: DeviceId,
): Promise<Omit<PeerRecord, "asOfMs">> {
  const block = `0x${number.toString(16)}`;
  const facts = await calls.view(block, "device", [device]);
  const { status, keyIndex } = facts as { status: bigint; keyIndex: bigint };
  const keyId = await calls.view(block, "keyIdOf", [device, keyIndex]);
  return {
    status: statuses[Number(status)] ?? "unknown",
    keyIndex: Number(keyIndex),
    keyId: parseDeviceId(String(keyId)),
  };
}

async function refuseOtherDeployment(
  calls: RegistryCalls,
  { domain, registry }: RegistryPeersOptions,
): Promise<void> {
  const found = await calls.view("latest", "messageDomain", []);
  if (!equalBytes(fromHex(String(found), 32), domain)) {
    const message = `The registry at ${registry} on the node's chain is not this deployment's.`;
    throw sdkError("PEER_DIRECTORY", message, { registry });
  }
}
