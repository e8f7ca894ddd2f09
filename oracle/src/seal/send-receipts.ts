import type { DeviceId } from "@fieldseal/sdk";
import { type StoredCheckpoint, updateCheckpoint } from "../store/checkpoints.ts";
import { messagesOfCheckpoint } from "../store/messages.ts";
import type { Store } from "../store/open-store.ts";
import { sealedReceipt } from "./sealed-receipt.ts";

/** Sends a receipt to a device if it can be reached now. */
export type PublishReceipt = (device: DeviceId, receipt: Uint8Array) => Promise<void>;

const atOnce = 200;

/**
 * Sends the *sealed* receipts of a final checkpoint and notes that it did. A crash in between sends some twice, which
 * does no harm; one that cannot be delivered is given again when the device resends.
 */
export async function sendReceipts(
  store: Store,
  logId: bigint,
  checkpoint: StoredCheckpoint,
  publish: PublishReceipt,
): Promise<void> {
  let sending: Promise<void>[] = [];
  for await (const message of messagesOfCheckpoint(store, checkpoint.index)) {
    const receipt = sealedReceipt(logId, checkpoint, message);
    if (receipt !== undefined) sending.push(publish(message.device, receipt));
    if (sending.length < atOnce) continue;
    await Promise.allSettled(sending);
    sending = [];
  }
  await Promise.allSettled(sending);
  await updateCheckpoint(store, checkpoint.index, { receiptsSent: true });
}
