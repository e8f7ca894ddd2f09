import {
  type DeviceEvent,
  type DeviceMessage,
  logDomain,
  type Reading,
  type SignedFacts,
} from "@fieldseal/sdk";
import { connectDevice } from "@fieldseal/sdk/node";
import type { TestDeployment } from "./deployment.ts";
import type { TestDevice } from "./registry-actions.ts";
import { until } from "./until.ts";

const quick = {
  reconnect: { firstMs: 50, maxMs: 200 },
  resend: { firstMs: 500, maxMs: 2000 },
  refusal: { firstMs: 100, maxMs: 300 },
};

export type FieldDeviceOptions = {
  readonly deployment: TestDeployment;
  readonly device: TestDevice;
  readonly mqtt: string;
  readonly outboxFolder: string;
  /** The service that exchanges its token for a password. */
  readonly exchange?: string;
};

const nameOf = ({ keyIndex, sequence }: Pick<SignedFacts, "keyIndex" | "sequence">) =>
  `${keyIndex}:${sequence}`;

/** A device as it runs in the field: SDK client, outbox in a folder, MQTT over TCP. */
export async function fieldDevice(options: FieldDeviceOptions) {
  const { deployment, device, mqtt, outboxFolder, exchange } = options;
  const { chainId, log, logId, operator, domain } = deployment;
  const events: DeviceEvent[] = [];
  const settled = new Map<string, SignedFacts>();
  const connected = await connectDevice({
    device: device.id,
    signer: device.signer,
    keyIndex: 0,
    domain,
    log: { domain: logDomain(chainId, log), logId, operators: [operator] },
    url: mqtt,
    outboxFolder,
    ...(exchange === undefined ? {} : { login: { exchange } }),
    limits: quick,
    onEvent: (event) => {
      events.push(event);
      if (event.type === "settled") settled.set(nameOf(event.facts), event.facts);
    },
  });
  const stored = async (facts: SignedFacts): Promise<void> => {
    await until("storing a message", () => settled.has(nameOf(facts)));
  };
  return {
    ...connected,
    id: device.id,
    /** Everything it was told, oldest first. */
    events,
    /** What has a stored receipt of the operator's that it checked. */
    settled,
    stored,
    /** Sends readings and waits for their receipt. */
    async publish(readings: readonly Reading[]): Promise<DeviceMessage> {
      const message = await connected.send(readings);
      await stored(message);
      return message;
    },
    /** Waits for an event of `type` that comes after the first `from` events. */
    async told(type: DeviceEvent["type"], from: number): Promise<DeviceEvent> {
      return until(`event ${type}`, () => events.slice(from).find((event) => event.type === type));
    },
  };
}

export type FieldDevice = Awaited<ReturnType<typeof fieldDevice>>;
