import {
  checkpointLeaf,
  type DeviceId,
  decodeMessage,
  deviceIdOf,
  encodeReceipt,
  generateKey,
  hex,
  type KeyType,
  leafHash,
  logDomain,
  messageDomain,
  type PublicKey,
  type Signer,
  softwareSigner,
  storedTypes,
} from "@fieldseal/sdk";
import { getBytes, Wallet } from "ethers";
import { pino } from "pino";
import type { BrokerIngest } from "../../../oracle/src/broker/types.ts";
import type { DeviceDirectory, DeviceStatus, Standing } from "../../../oracle/src/chain/types.ts";
import type { Inbound, Outcome } from "../../../oracle/src/ingest/types.ts";
import type { Common } from "../../../oracle/src/internal/common.ts";
import { createMetrics } from "../../../oracle/src/internal/metrics.ts";

export const chainId = 31337n;
export const registry = "0x00000000000000000000000000000000000000aa";
export const logAddress = "0x00000000000000000000000000000000000000bb";
export const domain = messageDomain(chainId, registry);
export const receiptDomain = logDomain(chainId, logAddress);
export const logId = 1n;

/** A clock that stands still until a test moves it. */
export function handClock(startMs = 1_750_000_000_000) {
  let nowMs = startMs;
  let elapsedMs = 0;
  return {
    nowMs: () => nowMs,
    elapsedMs: () => elapsedMs,
    advance(ms: number) {
      nowMs += ms;
      elapsedMs += ms;
    },
  };
}

export function testCommon(clock = handClock()): Common & { clock: ReturnType<typeof handClock> } {
  return { log: pino({ level: "silent" }), clock, metrics: createMetrics() };
}

export type TestDevice = { device: DeviceId; signer: Signer; publicKey: PublicKey };

export function newDevice(keyType: KeyType): TestDevice {
  const { secret, publicKey } = generateKey(keyType);
  return { device: deviceIdOf(publicKey), signer: softwareSigner(keyType, secret), publicKey };
}

type Known = { status: DeviceStatus; keys: PublicKey[] };

/** A registry in memory, as of some block. */
export function testDirectory() {
  const known = new Map<DeviceId, Known>();
  const newest = new Map<DeviceId, Standing>();
  const entry = (device: DeviceId): Known => {
    const found = known.get(device);
    if (found === undefined) throw new Error(`${device} is not in the directory`);
    return found;
  };
  const directory: DeviceDirectory = {
    lookup(device) {
      const found = known.get(device);
      if (found === undefined) return undefined;
      return {
        device,
        owner: "0x00000000000000000000000000000000000000cc",
        status: found.status,
        home: logId,
        currentKeyIndex: found.keys.length - 1,
        ownerEpoch: 0,
        key(index) {
          const key = found.keys[index];
          return key === undefined ? undefined : { key, compromised: false };
        },
      };
    },
    newest: (device) => newest.get(device),
    judgedBlock: () => ({ number: 1, timeS: 0 }),
  };
  return {
    ...directory,
    enrol({ device, publicKey }: TestDevice) {
      known.set(device, { status: "active", keys: [publicKey] });
    },
    set(device: DeviceId, status: DeviceStatus) {
      entry(device).status = status;
    },
    /** What the newest block shows of a device, undefined for nothing new. */
    see(device: DeviceId, standing: Standing | undefined) {
      if (standing === undefined) newest.delete(device);
      else newest.set(device, standing);
    },
    rotate(device: DeviceId, key: PublicKey) {
      entry(device).keys.push(key);
    },
  };
}

/**
 * Ingest reduced to its contract: reads the message, remembers it, and signs a receipt for a batch
 * of one. `verdict` may refuse, `before` may delay or fail.
 */
export function testIngest(operator = Wallet.createRandom()) {
  const stored: Inbound[] = [];
  const sequences: bigint[] = [];
  const ingest = {
    operator: operator.address.toLowerCase(),
    stored,
    sequences,
    verdict: (_inbound: Inbound): { code: string; message: string } | undefined => undefined,
    before: async (_inbound: Inbound): Promise<void> => {},
    async submit(inbound: Inbound): Promise<Outcome> {
      await ingest.before(inbound);
      const refusal = ingest.verdict(inbound);
      let facts: ReturnType<typeof decodeMessage>;
      try {
        facts = decodeMessage(inbound.bytes);
      } catch {
        return { kind: "refused", ...(refusal ?? { code: "MESSAGE_ENCODING", message: "?" }) };
      }
      if (refusal !== undefined) return { kind: "refused", ...refusal, facts };
      stored.push(inbound);
      sequences.push(facts.sequence);
      const root = leafHash(checkpointLeaf(facts));
      const value = { logId, epoch: 0, root: hex(root), storedAt: 1n, deadline: 2n };
      const signature = await operator.signTypedData(
        receiptDomain,
        { Stored: [...(storedTypes.Stored ?? [])] },
        value,
      );
      const receipt = encodeReceipt({
        t: "stored",
        keyIndex: facts.keyIndex,
        sequence: facts.sequence,
        messageRoot: facts.root,
        logId,
        epoch: 0,
        root,
        storedAt: 1n,
        deadline: 2n,
        index: 0n,
        size: 1n,
        path: [],
        signature: getBytes(signature),
        operator: operator.address.toLowerCase() as `0x${string}`,
      });
      return { kind: "stored", facts, receipt };
    },
  };
  return ingest satisfies BrokerIngest;
}
