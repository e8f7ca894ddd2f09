import { permissions } from "@fieldseal/sdk";
import { expect } from "chai";
import { Wallet } from "ethers";
import { audience, tokenOf } from "../broker/clients.ts";
import { handClock, newDevice, testDirectory } from "../broker/fixture.ts";
import { testAccess } from "./fixture.ts";
import { addressOf, give, sessionOf } from "./support.ts";

const wallet = new Wallet(`0x${"d1".repeat(32)}`);

describe("callers of a restricted log", () => {
  const fresh = () => {
    const clock = handClock();
    const devices = testDirectory();
    const device = newDevice(2);
    devices.enrol(device);
    const auditors = [addressOf(wallet)];
    const access = testAccess({ devices, clock, audience, restricted: true, auditors });
    return { clock, devices, device, access };
  };

  it("read nothing more once their login has ended, though their stream is still open", async () => {
    const { clock, device, access } = fresh();
    const token = await sessionOf(access.sessions, wallet, clock.nowMs());
    const caller = await access.callers.identify(`Bearer ${token}`);
    const reads = () => access.callers.mayRead(caller, device.device);
    expect(reads()).to.equal(true);
    clock.advance(3_600_000);
    expect(reads()).to.equal(false);
  });

  it("that are devices read nothing more once they are suspended, their own or another's", async () => {
    const { clock, devices, device, access } = fresh();
    const machine = newDevice(1);
    devices.enrol(machine);
    give(access.final, device.device, machine.device, permissions.READ);
    const caller = await access.callers.identify(`Bearer ${await tokenOf(machine, clock.nowMs())}`);
    const reads = () => [machine, device].map((one) => access.callers.mayRead(caller, one.device));
    expect(reads()).to.deep.equal([true, true]);
    devices.set(machine.device, "suspended");
    expect(reads()).to.deep.equal([false, false]);
  });
});
