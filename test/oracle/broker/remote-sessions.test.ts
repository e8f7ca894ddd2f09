import { generateKey, topicsOf } from "@fieldseal/sdk";
import { expect } from "chai";
import { createRemoteSessions } from "../../../oracle/src/broker/remote-sessions.ts";
import { type AskingBench, askingBench } from "./asking-bench.ts";
import { tokenOf } from "./clients.ts";
import { newDevice } from "./fixture.ts";

describe("sessions at a broker that asks", () => {
  let bench: AskingBench;
  let client: { clientId: string; username: string };
  const up = () => topicsOf("fieldseal/1", bench.device.device).up;
  const login = async (lifetimeS = 3600) => {
    const token = await tokenOf(bench.device, bench.common.clock.nowMs(), { lifetimeS });
    return bench.sessions.login(client, token);
  };

  beforeEach(async () => {
    bench = await askingBench();
    const { device } = bench.device;
    client = { clientId: device, username: device };
  });
  afterEach(() => bench.app.close());

  it("stand while the device does, and are not cut", async () => {
    expect(await login()).to.have.property("expiresS");
    await bench.sessions.step();
    expect(bench.sessions.stands(client)).to.equal(true);
    expect(bench.sessions.allows(client, "publish", up())).to.equal(true);
    expect(bench.cuts).to.deep.equal([]);
  });

  for (const [name, fall] of [
    ["suspended", () => bench.directory.set(bench.device.device, "suspended")],
    ["retired", () => bench.directory.set(bench.device.device, "retired")],
    ["rotated", () => bench.directory.rotate(bench.device.device, generateKey(2).publicKey)],
  ] as const) {
    it(`are cut when the device is ${name}, and once more for a connection that was being made`, async () => {
      await login();
      fall();
      expect(bench.sessions.stands(client)).to.equal(false);
      expect(bench.sessions.allows(client, "publish", up())).to.equal(false);
      await bench.sessions.step();
      expect(bench.cuts).to.deep.equal([client]);
      bench.common.clock.advance(6000);
      await bench.sessions.step();
      expect(bench.cuts).to.deep.equal([client, client]);
      bench.common.clock.advance(60_000);
      await bench.sessions.step();
      expect(bench.cuts.length).to.equal(2);
    });
  }

  it("are cut when their token ends", async () => {
    await login(60);
    bench.common.clock.advance(59_000);
    await bench.sessions.step();
    expect(bench.cuts).to.deep.equal([]);
    bench.common.clock.advance(1000);
    await bench.sessions.step();
    expect(bench.cuts).to.deep.equal([client]);
    expect(bench.sessions.size).to.equal(0);
  });

  it("live on with a token that was renewed in time", async () => {
    await login(60);
    bench.common.clock.advance(50_000);
    await login(60);
    bench.common.clock.advance(50_000);
    await bench.sessions.step();
    expect(bench.cuts).to.deep.equal([]);
  });

  it("stay shut, and are cut again, until the broker has obeyed", async () => {
    await login();
    bench.directory.set(bench.device.device, "suspended");
    bench.broker.failing = true;
    const failed = await bench.sessions.step().catch((error: Error) => error.message);
    expect(failed).to.equal("management is away");
    expect(bench.sessions.stands(client)).to.equal(false);
    bench.broker.failing = false;
    await bench.sessions.step();
    expect(bench.cuts).to.deep.equal([client]);
  });

  it("are not cut a second time after the device came back", async () => {
    await login();
    bench.directory.set(bench.device.device, "suspended");
    await bench.sessions.step();
    bench.directory.set(bench.device.device, "active");
    await login();
    bench.common.clock.advance(6000);
    await bench.sessions.step();
    expect(bench.cuts.length).to.equal(1);
  });

  it("that the authority knows nothing of are cut; the broker's own users are not", async () => {
    const stranger = newDevice(1).device;
    const unknown = { clientId: stranger, username: stranger };
    await login();
    bench.broker.connected = [client, unknown, { clientId: "oracle-1", username: "oracle" }];
    await bench.sessions.step();
    expect(bench.cuts).to.deep.equal([unknown]);
  });

  it("are cut when a right that they used ends, and not for one that they never used", async () => {
    const topic = topicsOf("fieldseal/1", newDevice(2).device).up;
    const readable = new Set([topic, "fieldseal/1/unused"]);
    const cuts: string[] = [];
    const sessions = createRemoteSessions({
      common: bench.common,
      prefix: "fieldseal/1",
      authority: { ...bench.authority, maySubscribe: (_who, asked) => readable.has(asked) },
      cut: async ({ clientId }) => {
        cuts.push(clientId);
      },
      connected: async () => [],
    });
    await sessions.login(client, await tokenOf(bench.device, bench.common.clock.nowMs()));
    expect(sessions.allows(client, "subscribe", topic)).to.equal(true);
    readable.delete("fieldseal/1/unused");
    await sessions.step();
    expect(cuts).to.deep.equal([]);
    readable.delete(topic);
    await sessions.step();
    expect(cuts).to.deep.equal([client.clientId]);
  });
});
