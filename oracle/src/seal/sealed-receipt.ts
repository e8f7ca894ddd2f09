import { encodeReceipt, type SignedFacts } from "@fieldseal/sdk";
import type { StoredCheckpoint } from "../store/checkpoints.ts";
import type { MessagePlace } from "../store/messages.ts";

type SealedFacts = SignedFacts & { readonly place: MessagePlace | undefined };

/** The *sealed* receipt of a message; undefined until its checkpoint is final. */
export function sealedReceipt(
  logId: bigint,
  { index, root, size, state, sealing }: StoredCheckpoint,
  { keyIndex, sequence, root: messageRoot, place }: SealedFacts,
): Uint8Array | undefined {
  if (state !== "final" || sealing === undefined || place?.checkpoint !== index) return undefined;
  return encodeReceipt({
    t: "sealed",
    keyIndex,
    sequence,
    messageRoot,
    logId,
    checkpoint: BigInt(index),
    root,
    size: BigInt(size),
    sealedAt: BigInt(sealing.sealedAtS),
    index: BigInt(place.leaf),
    transaction: sealing.transaction,
  });
}
