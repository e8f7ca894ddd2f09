import { setImmediate as nextTurn } from "node:timers/promises";
import { expect } from "chai";
import {
  type EmbeddedBroker,
  startEmbeddedBroker,
} from "../../../oracle/src/broker/embedded-broker.ts";
import type { BrokerAuthority } from "../../../oracle/src/broker/types.ts";
import { testAuthority } from "../access/fixture.ts";
import { audience, closed, connectAs, ended, rawConnection, tokenOf } from "./clients.ts";
import { newDevice, testCommon, testDirectory, testIngest } from "./fixture.ts";

/** A string of MQTT 3.1.1 (section 1.5.3). */
function field(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return Buffer.concat([Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}

describe("a client id that logs in twice at the embedded broker", () => {
  const device = newDevice(2);
  let common: ReturnType<typeof testCommon>;
  let directory: ReturnType<typeof testDirectory>;
  let broker: EmbeddedBroker;
  let beforeAnswer: () => Promise<void>;

  beforeEach(async () => {
    common = testCommon();
    directory = testDirectory();
    directory.enrol(device);
    beforeAnswer = async () => {};
    const authority = testAuthority({ devices: directory, clock: common.clock, audience });
    const waiting: BrokerAuthority = {
      ...authority,
      async login(credentials) {
        const login = await authority.login(credentials);
        await beforeAnswer();
        return login;
      },
    };
    broker = await startEmbeddedBroker({
      common,
      authority: waiting,
      ingest: testIngest(),
      port: 0,
    });
  });
  afterEach(() => broker.stop());

  const sessions = async () => (await common.metrics.brokerSessions.get()).values[0]?.value;
  const connectPacket = async () => {
    const password = await tokenOf(device, common.clock.nowMs());
    const id = field(device.device);
    const header = Uint8Array.of(4, 0xc2, 0, 60);
    const body = Buffer.concat([field("MQTT"), header, id, id, field(password)]);
    const length = Uint8Array.of((body.length & 0x7f) | 0x80, body.length >> 7);
    return Buffer.concat([Uint8Array.of(0x10), length, body]);
  };
  /** Says CONNECT and is gone before the authority has answered. */
  const connectAndLeave = async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    beforeAnswer = () => {
      asked.resolve();
      return answer.promise;
    };
    const socket = await rawConnection(broker.port, await connectPacket());
    await asked.promise;
    // A packet over the limit: the broker itself ends the connection, so that its end is known.
    socket.write(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f));
    await ended(socket);
    answer.resolve();
    await nextTurn();
    beforeAnswer = async () => {};
  };

  it("does not escape the cut by a second login that was given up", async () => {
    const client = await connectAs(broker.url, device, common.clock.nowMs());
    await connectAndLeave();
    expect(client.connected).to.equal(true);
    directory.set(device.device, "suspended");
    broker.recheck();
    await closed(client);
  });

  it("keeps its first connection when the second is given up, and loses it to one that stays", async () => {
    const first = await connectAs(broker.url, device, common.clock.nowMs());
    await connectAndLeave();
    expect(await sessions()).to.equal(1);
    const second = await connectAs(broker.url, device, common.clock.nowMs());
    await closed(first);
    expect([second.connected, await sessions()]).to.deep.equal([true, 1]);
    second.end(true);
  });

  it("leaves no session behind when it gives up", async () => {
    await connectAndLeave();
    expect(await sessions()).to.equal(0);
  });
});
