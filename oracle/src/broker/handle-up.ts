import { type DeviceId, encodeReceipt } from "@fieldseal/sdk";
import type { Inbound, Outcome } from "../ingest/types.ts";
import type { BrokerIngest } from "./types.ts";

// One byte over what ingest takes: enough for it to see that the message is too large.
const handedBytes = 8 * 1024 + 1;

/** What became of a message. */
export type Handled = {
  /** The code, if it was refused. */
  readonly refusedFor: string | undefined;
  /** What belongs on the device's receipt topic. */
  readonly receipt: Uint8Array;
};

/**
 * Hands a message of a device to ingest and answers with what belongs on its receipt topic.
 * Whoever acknowledges the message to the broker's client does so after this resolves, refused or
 * not: MQTT 3.1.1 knows no negative acknowledgement, and a device that gets none resends forever.
 */
export async function handleUp(
  ingest: BrokerIngest,
  message: {
    readonly device: DeviceId;
    readonly bytes: Uint8Array;
    readonly retained: boolean;
    readonly client: string;
  },
): Promise<Handled> {
  const inbound: Inbound = {
    bytes: message.bytes.subarray(0, handedBytes),
    source: "mqtt",
    topicDevice: message.device,
    retained: message.retained,
    client: message.client,
    isPatient: true,
  };
  const outcome = await ingest.submit(inbound);
  const refusedFor = outcome.kind === "refused" ? outcome.code : undefined;
  return { refusedFor, receipt: receiptOf(outcome) };
}

function receiptOf(outcome: Outcome): Uint8Array {
  if (outcome.kind !== "refused") return outcome.receipt;
  const { code, message, facts } = outcome;
  return encodeReceipt({
    t: "refused",
    code,
    message,
    ...(facts === undefined ? {} : { keyIndex: facts.keyIndex, sequence: facts.sequence }),
  });
}
