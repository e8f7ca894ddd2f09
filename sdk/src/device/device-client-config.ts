import type { TypedDataDomain } from "ethers";
import type { SealedReceipt } from "../receipt/receipt.ts";
import type { DeviceId, SignedFacts, Signer } from "../types.ts";
import type { BackOff } from "./back-off.ts";
import type { DeviceEvent } from "./device-event.ts";
import type { DeviceClock, DeviceCommands, MqttLike, Outbox } from "./ports.ts";

/** The log that a device's readings go to, as far as the device must know it. */
export type DeviceLog = {
  /** The log contract's EIP-712 domain, from logDomain. */
  readonly domain: TypedDataDomain;
  readonly logId: bigint;
  /** Addresses of the log's committee: only their receipts count. */
  readonly operators: readonly string[];
};

export type DeviceClientLimits = {
  /** Messages under way without a receipt; 32 if left out. */
  readonly window: number;
  /** Between a message and its repetition; 10 s to 5 minutes if left out. */
  readonly resend: BackOff;
  /** Between attempts to connect; 1 s to 1 minute if left out. */
  readonly reconnect: BackOff;
  /** After a refusal that may pass; 5 s to 5 minutes if left out. */
  readonly refusal: BackOff;
  /** Life of a login token, seconds; 3600 if left out. */
  readonly tokenLifeS: number;
};

export const defaultDeviceClientLimits: DeviceClientLimits = {
  window: 32,
  resend: { firstMs: 10_000, maxMs: 300_000 },
  reconnect: { firstMs: 1000, maxMs: 60_000 },
  refusal: { firstMs: 5000, maxMs: 300_000 },
  tokenLifeS: 3600,
};

export type DeviceClientConfig = {
  readonly device: DeviceId;
  readonly signer: Signer;
  /** Index of the signer's key under the device, genesis 0. */
  readonly keyIndex: number;
  /** The deployment, from messageDomain. */
  readonly domain: Uint8Array;
  readonly log: DeviceLog;
  /** Name of the broker authority in logins; "fieldseal" if left out. */
  readonly authority?: string;
  readonly prefix?: string;
  /** "cose" if left out. */
  readonly encoding?: "cose" | "json";
  /** How many operators must have stored a message before the device forgets it; 1 if left out. */
  readonly storedNeeded?: number;
  /**
   * Asks somebody whom the device trusts, as a node of the chain, whether a *sealed* receipt is true.
   * Nobody signs these, so without this port a device reports them and forgets nothing on their word.
   */
  readonly confirmSealed?: (receipt: SealedReceipt, facts: SignedFacts) => Promise<boolean>;
  /**
   * Asks somebody whom the device trusts whether a refusal for good is true, such as KEY_EXPIRED or MESSAGE_CONFLICT.
   * Nobody signs refusals, so without this port a device sets aside only what it finds at fault itself.
   */
  readonly confirmRefusal?: (code: string, facts: SignedFacts) => Promise<boolean>;
  /** Takes commands; without it the device does not listen for any. */
  readonly commands?: DeviceCommands;
  readonly mqtt: MqttLike;
  readonly outbox: Outbox;
  readonly clock: DeviceClock;
  /** Random bytes, for salts and to spread retries. */
  readonly random: (length: number) => Uint8Array;
  readonly limits?: Partial<DeviceClientLimits>;
  readonly onEvent?: (event: DeviceEvent) => void;
  /** Called when `step` should run earlier than it last asked for. */
  readonly onWake?: () => void;
};
