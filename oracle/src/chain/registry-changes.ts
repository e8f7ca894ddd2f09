import {
  type DeviceId,
  deviceIdOf,
  deviceRegistryAbi,
  fromHex,
  type KeyType,
} from "@fieldseal/sdk";
import { Interface, type LogDescription } from "ethers";
import type { EventLog } from "./get-logs.ts";
import { hexOf } from "./quantities.ts";

export const registryCalls = new Interface(deviceRegistryAbi);

/** A key that came into force; with it, the one before ended. */
export type KeyChange = {
  readonly keyIndex: number;
  readonly keyType: KeyType;
  /** 64 bytes x ‖ y. */
  readonly point: Uint8Array;
  readonly fromBlock: number;
  /** Whether the key that it replaced was declared leaked. */
  readonly previousCompromised: boolean;
};

/** What the events of a range of blocks say of one device. */
export type DeviceChange = {
  readonly device: DeviceId;
  readonly firstBlock: number;
  readonly lastBlock: number;
  /** In the order of the chain. */
  readonly keys: readonly KeyChange[];
};

type Draft = { device: DeviceId; firstBlock: number; lastBlock: number; keys: KeyChange[] };

/** Names of ERC-1056 attributes that hold a device key, by key type. */
const attributeTypes: Readonly<Record<string, KeyType>> = {
  "did/pub/Secp256k1/veriKey/hex": 1,
  "did/pub/Secp256r1/veriKey/hex": 2,
};

const isKeyType = (value: number): value is KeyType => value === 1 || value === 2;

function deviceOf(event: LogDescription): DeviceId | undefined {
  if (event.name === "Transfer") {
    const id = BigInt(event.args.getValue("tokenId"));
    return `0x${id.toString(16).padStart(40, "0")}`;
  }
  const name = event.fragment.inputs[0]?.name;
  return name === "device" || name === "identity" ? hexOf(event.args.getValue(name)) : undefined;
}

/** The genesis key is the one whose hash is the device's id; ERC-1056 announces it without an index. */
function genesisKey(event: LogDescription, device: DeviceId, block: number): KeyChange | undefined {
  const name = Buffer.from(fromHex(event.args.getValue("name"))).toString("latin1");
  const keyType = attributeTypes[name.replace(/\0+$/, "")];
  const value = fromHex(event.args.getValue("value"));
  if (keyType === undefined || value.length !== 65 || BigInt(event.args.validTo) === 0n) {
    return undefined;
  }
  const point = value.slice(1);
  if (deviceIdOf({ keyType, point }) !== device) return undefined;
  return { keyIndex: 0, keyType, point, fromBlock: block, previousCompromised: false };
}

function rotatedKey(event: LogDescription, block: number): KeyChange | undefined {
  const keyType = Number(event.args.getValue("keyType"));
  if (!isKeyType(keyType)) return undefined;
  const x = fromHex(event.args.getValue("x"));
  const y = fromHex(event.args.getValue("y"));
  return {
    keyIndex: Number(event.args.getValue("keyIndex")),
    keyType,
    point: Uint8Array.from([...x, ...y]),
    fromBlock: block,
    previousCompromised: Boolean(event.args.getValue("compromised")),
  };
}

/** Collects events into one change a device. */
export class RegistryChanges {
  readonly #drafts = new Map<DeviceId, Draft>();

  /** Adds one event; events must come in the order of the chain. */
  add(log: EventLog): void {
    const event = registryCalls.parseLog({ topics: [...log.topics], data: log.data });
    const device = event === null ? undefined : deviceOf(event);
    if (event === null || device === undefined) return;
    const block = log.blockNumber;
    const draft = this.#drafts.get(device) ?? {
      device,
      firstBlock: block,
      lastBlock: block,
      keys: [],
    };
    draft.lastBlock = block;
    this.#drafts.set(device, draft);
    const key =
      event.name === "DIDAttributeChanged"
        ? genesisKey(event, device, block)
        : event.name === "KeyRotated"
          ? rotatedKey(event, block)
          : undefined;
    if (key !== undefined) draft.keys.push(key);
  }

  /** The devices touched, in the order of their first event. */
  list(): readonly DeviceChange[] {
    return [...this.#drafts.values()];
  }
}
