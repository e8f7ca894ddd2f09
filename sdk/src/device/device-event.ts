import type { SealedReceipt } from "../receipt/receipt.ts";
import type { SignedFacts } from "../types.ts";

/** What happens to a device's messages and connection. */
export type DeviceEvent =
  | { readonly type: "connected" }
  | { readonly type: "disconnected" }
  /** Connecting failed; `retryMs` until the next attempt. */
  | { readonly type: "connectFailed"; readonly error: unknown; readonly retryMs: number }
  /** One operator stored the message: `operators` different ones have by now. */
  | { readonly type: "stored"; readonly facts: SignedFacts; readonly operators: number }
  /** The oracle says that the message is sealed, also long after it was settled. */
  | { readonly type: "sealed"; readonly receipt: SealedReceipt }
  /** The message is safe and left the outbox. */
  | { readonly type: "settled"; readonly facts: SignedFacts; readonly by: "stored" | "sealed" }
  /** The oracle refused a message. `buried`: it is a dead letter now; else it is sent again. */
  | {
      readonly type: "refused";
      readonly code: string;
      readonly message: string;
      readonly facts: SignedFacts | undefined;
      readonly buried: boolean;
    }
  /** Something on the receipt topic is no receipt, or one that proves nothing. */
  | { readonly type: "badReceipt"; readonly error: unknown }
  /** The outbox failed to note that a message is settled or dead; it will be sent once more. */
  | { readonly type: "outboxFailed"; readonly error: unknown };
