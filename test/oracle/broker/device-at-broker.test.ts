import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceEvent } from "@fieldseal/sdk";
import {
  type ConnectDeviceOptions,
  type ConnectedDevice,
  connectDevice,
} from "@fieldseal/sdk/node";
import { expect } from "chai";
import {
  type EmbeddedBroker,
  startEmbeddedBroker,
} from "../../../oracle/src/broker/embedded-broker.ts";
import { systemClock } from "../../../oracle/src/internal/clock.ts";
import { testAuthority } from "../access/fixture.ts";
import { audience } from "./clients.ts";
import {
  domain,
  logId,
  newDevice,
  receiptDomain,
  testCommon,
  testDirectory,
  testIngest,
} from "./fixture.ts";

describe("a device at the embedded broker", () => {
  const reading = { name: "temperature", unit: "Cel", value: 21.5 };
  const quick = { firstMs: 5, maxMs: 50 };
  let folder: string;
  let directory: ReturnType<typeof testDirectory>;
  let ingest: ReturnType<typeof testIngest>;
  let broker: EmbeddedBroker;
  const device = newDevice(1);
  const devices: ConnectedDevice[] = [];
  let listeners: ((event: DeviceEvent) => void)[] = [];

  const startBroker = async (port = 0) => {
    const common = testCommon();
    const clock = systemClock;
    const authority = testAuthority({ devices: directory, clock, audience });
    broker = await startEmbeddedBroker({ common: { ...common, clock }, authority, ingest, port });
  };
  const connect = async (overrides: Partial<ConnectDeviceOptions> = {}) => {
    const connected = await connectDevice({
      device: device.device,
      signer: device.signer,
      keyIndex: 0,
      domain,
      log: { domain: receiptDomain, logId, operators: [ingest.operator] },
      url: broker.url,
      outboxFolder: join(folder, "outbox"),
      limits: { reconnect: quick, resend: { firstMs: 200, maxMs: 1000 }, refusal: quick },
      onEvent: (event) => {
        for (const listener of listeners) listener(event);
      },
      ...overrides,
    });
    devices.push(connected);
    return connected;
  };
  /** Resolves at the n-th event of a type from now on. */
  const event = (type: DeviceEvent["type"], count = 1) =>
    new Promise<void>((resolve) => {
      let seen = 0;
      listeners.push((one) => {
        if (one.type === type && ++seen === count) resolve();
      });
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "device-"));
    directory = testDirectory();
    directory.enrol(device);
    ingest = testIngest();
    listeners = [];
    await startBroker();
  });
  afterEach(async () => {
    for (const one of devices.splice(0)) await one.close();
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("sends readings and forgets them once they are stored", async () => {
    const { client, send } = await connect();
    const settled = event("settled", 10);
    await Promise.all(Array.from({ length: 10 }, () => send([reading])));
    await settled;
    expect(client.pending).to.equal(0);
    expect(new Set(ingest.sequences).size).to.equal(10);
  });

  it("delivers what it signed while the broker was away, and keeps it over a restart of its own", async () => {
    const first = await connect();
    const { port } = broker;
    const gone = event("disconnected");
    const up = event("connected");
    await up;
    await broker.stop();
    await gone;
    await first.send([reading]);
    await first.close();
    devices.pop();
    await startBroker(port);
    const settled = event("settled", 2);
    const second = await connect();
    await second.send([reading]);
    await settled;
    expect(ingest.sequences).to.have.members([0x1_0000_0001n, 0x2_0000_0001n]);
  });

  it("sends again what ingest could not store", async () => {
    const { send } = await connect();
    let failures = 3;
    ingest.before = async () => {
      if (failures-- > 0) throw new Error("disk full");
    };
    const settled = event("settled");
    await send([reading]);
    await settled;
    expect(ingest.sequences.length).to.equal(1);
  });

  it("gives up nothing while it is suspended, and is served once it is resumed", async () => {
    const { send, client } = await connect();
    await event("connected");
    directory.set(device.device, "suspended");
    const cut = event("disconnected");
    broker.recheck();
    await cut;
    const refused = event("connectFailed", 2);
    await send([reading]);
    await refused;
    expect(client.pending).to.equal(1);
    directory.set(device.device, "active");
    await event("settled");
    expect(ingest.sequences.length).to.equal(1);
  });

  it("logs in with its new key after a rotation and delivers what the old key signed", async () => {
    const { send, client } = await connect();
    await event("connected");
    const next = newDevice(2);
    const settled = event("settled", 2);
    ingest.before = () => Promise.reject(new Error("not now"));
    await send([reading]);
    directory.rotate(device.device, next.publicKey);
    ingest.before = async () => {};
    await client.rotateTo(next.signer, 1);
    await send([reading]);
    await settled;
    expect(client.connected).to.equal(true);
    expect(ingest.sequences).to.deep.equal([0x1_0000_0001n, 0x1_0000_0001n]);
  });
});
