import { createLoginToken } from "@fieldseal/sdk";
import { expect } from "chai";
import type { Rpc } from "../../../oracle/src/chain/json-rpc.ts";
import { audience, tokenOf } from "../broker/clients.ts";
import { handClock, newDevice, type TestDevice, testDirectory } from "../broker/fixture.ts";
import { testAccess } from "./fixture.ts";
import { codeOf, owner } from "./support.ts";

describe("authenticating devices", () => {
  let clock: ReturnType<typeof handClock>;
  let devices: ReturnType<typeof testDirectory>;
  let access: ReturnType<typeof testAccess>;
  let device: TestDevice;
  let calls: string[];
  beforeEach(() => {
    clock = handClock();
    devices = testDirectory();
    device = newDevice(2);
    devices.enrol(device);
    calls = [];
    const rpc: Rpc = {
      place: "http://chain.test",
      async request(method) {
        calls.push(method);
        throw new Error("no chain here");
      },
    };
    access = testAccess({ devices, clock, audience, rpc });
  });
  const standing = { owner, ownerEpoch: 0, status: "active", keyIndex: 0 } as const;
  const login = async (overrides: Parameters<typeof tokenOf>[2] = {}, who = device) =>
    access.authenticator.authenticate(await tokenOf(who, clock.nowMs(), overrides));
  const refused = (overrides: Parameters<typeof tokenOf>[2] = {}, who = device) =>
    codeOf(login(overrides, who));
  const withHeader = async (header: object) => {
    const [, claims = "", signature = ""] = (await tokenOf(device, clock.nowMs())).split(".");
    const head = Buffer.from(JSON.stringify(header)).toString("base64url");
    return codeOf(access.authenticator.authenticate(`${head}.${claims}.${signature}`));
  };

  it("of both key types is decided without a call to the chain", async () => {
    const other = newDevice(1);
    devices.enrol(other);
    expect(await login()).to.include({ kind: "device", who: device.device, keyIndex: 0 });
    expect(await login({}, other)).to.include({ kind: "device", who: other.device });
    expect(calls).to.deep.equal([]);
  });

  it("refuses a device that falls while its signature is looked at", async () => {
    const token = await tokenOf(device, clock.nowMs());
    const falling = codeOf(access.authenticator.authenticate(token));
    devices.set(device.device, "suspended");
    expect(await falling).to.equal("DEVICE_SUSPENDED");
  });

  it("refuses tokens of other keys, audiences and times, each with its code", async () => {
    const { signer } = newDevice(2);
    expect(await refused({}, { ...device, signer })).to.equal("LOGIN_SIGNATURE");
    const { signer: otherType } = newDevice(1);
    expect(await refused({}, { ...device, signer: otherType })).to.equal("LOGIN_ALGORITHM");
    expect(await refused({}, newDevice(2))).to.equal("DEVICE_UNKNOWN");
    expect(await refused({ audience: `${audience}x` })).to.equal("LOGIN_AUDIENCE");
    const nowS = Math.floor(clock.nowMs() / 1000);
    const facts = { ...device, audience, lifetimeS: 60 };
    const at = async (issuedS: number) =>
      codeOf(
        access.authenticator.authenticate(await createLoginToken({ ...facts, nowS: issuedS })),
      );
    expect(await at(nowS - 60)).to.equal("LOGIN_EXPIRED");
    expect(await at(nowS + 61)).to.equal("LOGIN_EARLY");
  });

  it("refuses `alg: none` and every header that is not the one of logins", async () => {
    const good = { alg: "ES256", typ: "fieldseal-login+jwt" };
    for (const header of [
      { ...good, alg: "none" },
      { ...good, alg: "HS256" },
      { ...good, alg: "ES384" },
      { ...good, typ: "JWT" },
      { ...good, crit: ["exp"] },
      { alg: "ES256" },
      [],
    ]) {
      expect(await withHeader(header), JSON.stringify(header)).to.equal("LOGIN_FORMAT");
    }
    expect(await withHeader({ ...good, kid: "other" }), "signed over the header").to.equal(
      "LOGIN_SIGNATURE",
    );
    for (const secret of ["", ".", "..", "a.b.c", "x".repeat(10_000), "\u0000"]) {
      expect(await codeOf(access.authenticator.authenticate(secret))).to.equal("LOGIN_FORMAT");
    }
  });

  it("refuses a device that the newest block suspends, retires or gives another key", async () => {
    const before = await login();
    for (const [change, code] of [
      [{ status: "suspended" }, "DEVICE_SUSPENDED"],
      [{ status: "retired" }, "DEVICE_RETIRED"],
      [{ keyIndex: 1 }, "LOGIN_SIGNATURE"],
    ] as const) {
      devices.see(device.device, { ...standing, ...change });
      expect(await refused()).to.equal(code);
      expect(access.authenticator.objection(before)).to.equal(code);
    }
    devices.see(device.device, undefined);
    expect(access.authenticator.objection(before)).to.equal(undefined);
  });

  it("does not let a device in that only the newest block resumes", async () => {
    devices.set(device.device, "suspended");
    devices.see(device.device, standing);
    expect(await refused()).to.equal("DEVICE_SUSPENDED");
  });
});
