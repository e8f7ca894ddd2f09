import {
  type DeviceLog,
  decodeReceipt,
  FieldsealError,
  type Outbox,
  type OutboxEntry,
  refusalKind,
  verifyStoredReceipt,
} from "@fieldseal/sdk";
import type { DeviceKey } from "../files/key-file.ts";
import { fetchService } from "../network/fetch-service.ts";

async function deliver(url: string, key: DeviceKey, log: DeviceLog, entry: OutboxEntry) {
  const response = await fetchService(url, "v1/messages", {
    method: "POST",
    headers: {
      "content-type": entry.bytes[0] === 0x7b ? "application/json" : "application/octet-stream",
      accept: "application/cbor",
    },
    body: Uint8Array.from(entry.bytes),
  });
  const receipt = decodeReceipt(new Uint8Array(await response.arrayBuffer()));
  if (receipt.t === "refused") throw new FieldsealError(receipt.code, receipt.message);
  const { keyIndex, sequence, root } = entry;
  if (receipt.t === "stored") {
    const facts = { device: key.device, keyIndex, sequence, root };
    verifyStoredReceipt(receipt, facts, log);
  }
}

/**
 * Hands in what the outbox holds, oldest first, and forgets what a receipt answers for.
 * @throws HTTP_UNREACHABLE, RECEIPT_*, and the code of a refusal
 */
export async function publishHttp(
  url: string,
  key: DeviceKey,
  log: DeviceLog,
  outbox: Outbox,
): Promise<void> {
  for (const entry of outbox.entries()) {
    try {
      await deliver(url, key, log, entry);
    } catch (error) {
      const code = error instanceof FieldsealError ? error.code : "";
      if (refusalKind(code) === "permanent") await outbox.bury(entry, code, String(error));
      throw error;
    }
    await outbox.remove(entry);
  }
}
