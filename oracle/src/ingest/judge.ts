import { FieldsealError, type KeyType, type PublicKey, type SignedFacts } from "@fieldseal/sdk";
import type { DeviceDirectory } from "../chain/types.ts";

/** Under which key, and as of which finalized block, a message was found acceptable. */
export type Judgement = { readonly key: PublicKey; readonly block: number };

export type Claim = Pick<SignedFacts, "device" | "keyIndex"> & {
  /** What the message's header says, where it says anything. */
  readonly keyType: KeyType | undefined;
};

/**
 * Judges device, home and key as of the followed finalized block, never by the device's clock. Cheap: no cryptography.
 * @throws DEVICE_UNKNOWN, DEVICE_SUSPENDED, DEVICE_RETIRED, DEVICE_ELSEWHERE, KEY_UNKNOWN, KEY_COMPROMISED, KEY_EXPIRED
 */
export function judge(
  directory: DeviceDirectory,
  logId: bigint,
  { device, keyIndex, keyType }: Claim,
): Judgement {
  const { number: block, timeS } = directory.judgedBlock();
  const refuse = (code: string, message: string) =>
    new FieldsealError(code, message, { device, keyIndex, block });
  const known = directory.lookup(device);
  if (known === undefined) {
    throw refuse("DEVICE_UNKNOWN", `${device} is not enrolled as of block ${block}.`);
  }
  if (known.status === "suspended") throw refuse("DEVICE_SUSPENDED", `${device} is suspended.`);
  if (known.status === "retired") throw refuse("DEVICE_RETIRED", `${device} is retired.`);
  if (known.home !== logId) {
    throw refuse("DEVICE_ELSEWHERE", `The home of ${device} is log ${known.home}, not ${logId}.`);
  }
  const found = known.key(keyIndex);
  if (found === undefined) {
    throw refuse("KEY_UNKNOWN", `${device} has no key ${keyIndex} as of block ${block}.`);
  }
  if (found.compromised) throw refuse("KEY_COMPROMISED", `Key ${keyIndex} was declared leaked.`);
  if (found.untilTimeS !== undefined && timeS > found.untilTimeS) {
    throw refuse("KEY_EXPIRED", `Key ${keyIndex} was rotated and its grace is over.`);
  }
  if (keyType !== undefined && keyType !== found.key.keyType) {
    throw refuse(
      "KEY_UNKNOWN",
      `The message names key type ${keyType}, key ${keyIndex} has type ${found.key.keyType}.`,
    );
  }
  return { key: found.key, block };
}
