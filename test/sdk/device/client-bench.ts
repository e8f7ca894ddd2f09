import {
  DeviceClient,
  type DeviceClientConfig,
  type DeviceEvent,
  decodeMessage,
  decodeReceipt,
  encodeReceipt,
  memoryOutbox,
  type Outbox,
  type Receipt,
} from "@fieldseal/sdk";
import {
  domain,
  handClock,
  logId,
  newDevice,
  receiptDomain,
  testIngest,
} from "../../oracle/broker/fixture.ts";
import { fakeMqtt } from "./fake-mqtt.ts";

export const reading = { name: "temperature", unit: "Cel", value: 21.5 };

/** A device client at a broker in memory; the bindings follow `freshBench`. */
export let clock: ReturnType<typeof handClock>;
export let broker: ReturnType<typeof fakeMqtt>;
export let operator: ReturnType<typeof testIngest>;
export let outbox: Outbox;
export let events: DeviceEvent[];
export const device = newDevice(2);

export const start = (overrides: Partial<DeviceClientConfig> = {}) =>
  DeviceClient.start({
    device: device.device,
    signer: device.signer,
    keyIndex: 0,
    domain,
    log: { domain: receiptDomain, logId, operators: [operator.operator] },
    mqtt: broker.mqtt,
    outbox,
    clock,
    // 128 of 255 leaves delays as they are, within a thousandth.
    random: (length) => new Uint8Array(length).fill(128),
    onEvent: (event) => events.push(event),
    ...overrides,
  });
export const types = () => events.map(({ type }) => type);
export const sequences = () =>
  broker.sent.map((bytes) => decodeMessage(bytes).sequence - (1n << 32n));
/** The receipt an operator makes of a message that was sent. */
export const receiptFor = async (bytes: Uint8Array, by = operator): Promise<Uint8Array> => {
  const outcome = await by.submit({ bytes, source: "mqtt", client: "" });
  if (outcome.kind === "refused") throw new Error(outcome.code);
  return outcome.receipt;
};
export const altered = async (bytes: Uint8Array, change: object): Promise<Uint8Array> =>
  encodeReceipt({ ...decodeReceipt(await receiptFor(bytes)), ...change } as Receipt);
export const refusal = (code: string, sequence: bigint): Uint8Array =>
  encodeReceipt({
    t: "refused",
    code,
    message: "why",
    keyIndex: 0,
    sequence: (1n << 32n) + sequence,
  });
/** Lets what a receipt set off come to its end; nothing here waits for time. */
export const settle = () =>
  new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
export const deliver = async (bytes: Uint8Array) => {
  broker.receipt(bytes);
  await settle();
};

/** Everything anew for a test. */
export function freshBench(): void {
  clock = handClock();
  broker = fakeMqtt();
  operator = testIngest();
  outbox = memoryOutbox({ lastBoot: 0 });
  events = [];
}

/** Puts another outbox in the place of the present one. */
export function useOutbox(other: Outbox): void {
  outbox = other;
}
