import { expect } from "chai";
import { broker, clock, device, freshBench, start } from "./client-bench.ts";

const topic = (name: string) => `fieldseal/1/${device.device}/${name}`;

describe("a device client that takes commands", () => {
  beforeEach(freshBench);

  it("listens on its command topic, and passes on what comes", async () => {
    const came: string[] = [];
    const commands = {
      onCommand: (bytes: Uint8Array) => came.push(new TextDecoder().decode(bytes)),
      challenge: () => undefined,
    };
    const client = await start({ commands });
    await client.step();
    expect(broker.subscribed).to.deep.equal([topic("receipt"), topic("command")]);
    broker.receipt(new TextEncoder().encode("unlock"), topic("command"));
    broker.receipt(new TextEncoder().encode("lock"), `fieldseal/1/0x${"00".repeat(20)}/command`);
    expect(came).to.deep.equal(["unlock"]);
    expect(broker.states).to.deep.equal(['{"online":true}']);
    await client.close();
  });

  it("states its challenge, and the next one when that has changed", async () => {
    let challenge = "0x01";
    const client = await start({ commands: { onCommand() {}, challenge: () => challenge } });
    client.announce();
    await client.step();
    challenge = "0x02";
    client.announce();
    expect(broker.states).to.deep.equal([
      '{"online":true,"challenge":"0x01"}',
      '{"online":true,"challenge":"0x02"}',
    ]);
    broker.drop();
    clock.advance(60_000);
    await client.step();
    expect(broker.states.at(-1)).to.equal('{"online":true,"challenge":"0x02"}');
    await client.close();
  });

  it("states a challenge that changed while it was connecting", async () => {
    const challenges = ["0x01", "0x01", "0x02", "0x02"];
    const client = await start({
      commands: { onCommand() {}, challenge: () => challenges.shift() },
    });
    await client.step();
    expect(broker.states.at(-1)).to.equal('{"online":true,"challenge":"0x02"}');
    await client.close();
  });

  it("does not listen for commands when nobody takes them", async () => {
    const client = await start();
    await client.step();
    expect(broker.subscribed).to.deep.equal([topic("receipt")]);
    await client.close();
  });
});
