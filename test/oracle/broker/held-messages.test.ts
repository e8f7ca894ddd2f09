import { expect } from "chai";
import { HeldMessages } from "../../../oracle/src/broker/held-messages.ts";

describe("messages that are held", () => {
  const readers = () => {
    const told: string[] = [];
    const reader = (name: string) => ({
      pause: () => told.push(`${name} stop`),
      resume: () => told.push(`${name} go`),
    });
    return { told, reading: new Set([reader("a"), reader("b")]) };
  };

  it("stop all readers once when there are too many, and let them go on at half", () => {
    const { told, reading } = readers();
    const held = new HeldMessages(100, reading);
    held.add(60);
    held.add(40);
    expect(held.isPaused).to.equal(false);
    held.add(1);
    held.add(1);
    expect(held.isPaused).to.equal(true);
    expect(told.splice(0)).to.eql(["a stop", "b stop"]);
    held.remove(40);
    held.remove(1);
    expect(told).to.eql([]);
    held.add(1);
    held.remove(12);
    expect(told.splice(0)).to.eql(["a go", "b go"]);
    expect(held.isPaused).to.equal(false);
  });

  it("are waited for, though not for ever", async () => {
    const held = new HeldMessages(100, []);
    await held.idle(10_000);
    held.add(0);
    held.add(5);
    await held.idle(1);
    let isIdle = false;
    const idle = held.idle(10_000).then(() => {
      isIdle = true;
    });
    held.remove(5);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isIdle).to.equal(false);
    held.remove(0);
    await idle;
  });
});
