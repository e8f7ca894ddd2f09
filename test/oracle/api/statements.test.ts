import {
  type DeviceId,
  decodeSignedStatement,
  deviceIdOf,
  permissions,
  verifyStatement,
} from "@fieldseal/sdk";
import { expect } from "chai";
import { Wallet } from "ethers";
import { addressOf, give, owner } from "../access/support.ts";
import { enrol, operatorKey, receiptDomain } from "../ingest/fixture.ts";
import { type ApiFixture, apiFixture } from "./fixture.ts";

const { COMMAND, CONFIGURE } = permissions;
const guest = addressOf(new Wallet(`0x${"c1".repeat(32)}`));
const challenge = `0x${"7".repeat(32)}`;

describe("GET /v1/statements", () => {
  let fixture: ApiFixture;
  beforeEach(async () => {
    fixture = await apiFixture();
  });
  afterEach(() => fixture.end());

  const ask = async (query: Record<string, string>) => {
    const asked = { device: fixture.device.id, commander: guest, permission: "2", ...query };
    const url = `/v1/statements?${new URLSearchParams(asked)}`;
    return fixture.api.app.inject({ method: "GET", url });
  };
  const refusal = async (query: Record<string, string> = {}) => {
    const response = await ask(query);
    return [response.statusCode, response.json().code];
  };
  const trust = { logId: 1n, epoch: 0, operators: [operatorKey.address], threshold: 1 };

  it("says for how long a right holds and by whose word, signed by the operator", async () => {
    const nowS = Math.floor(fixture.common.clock.nowMs() / 1000);
    give(fixture.access.final, fixture.device.id, guest, COMMAND, { until: nowS + 60 });
    const response = await ask({ challenge });
    expect(response.headers["content-type"]).to.equal("application/cbor");
    const signed = decodeSignedStatement(response.rawPayload);
    expect(signed.statement).to.deep.equal({
      logId: 1n,
      epoch: 0,
      device: fixture.device.id,
      grantor: owner,
      commander: guest,
      signer: guest,
      permissions: COMMAND,
      until: BigInt(nowS + 60),
      block: 7n,
      blockTime: BigInt(nowS),
      challenge: BigInt(challenge),
    });
    verifyStatement(signed, { domain: receiptDomain, trust });
  });

  it("names the current key of a device that commands another", async () => {
    const machine = await enrol(fixture.data, { keyType: 1 });
    await fixture.follow();
    give(fixture.access.final, fixture.device.id, machine.id, COMMAND);
    const response = await ask({ commander: machine.id });
    const { statement } = decodeSignedStatement(response.rawPayload);
    expect(statement.commander).to.equal(machine.id);
    const [signer] = machine.signers;
    expect(signer && deviceIdOf(signer.publicKey)).to.equal(statement.signer);
  });

  it("judges by the newest block too: a key that was rotated there and a device that fell", async () => {
    const machine = await enrol(fixture.data, { keyType: 1 });
    await fixture.follow();
    const { id } = fixture.device;
    give(fixture.access.final, id, machine.id, COMMAND);
    const standing = { owner, ownerEpoch: 0, status: "active", keyIndex: 0 } as const;
    const asked = { commander: machine.id };
    fixture.directory.see(new Map([[machine.id, standing]]));
    expect((await ask(asked)).statusCode).to.equal(200);
    fixture.directory.see(new Map([[machine.id, { ...standing, keyIndex: 1 }]]));
    expect((await refusal(asked))[1]).to.equal("KEY_UNKNOWN");
    for (const [fallen, status, code] of [
      [machine.id, "suspended", "DEVICE_SUSPENDED"],
      [id, "suspended", "DEVICE_SUSPENDED"],
      [id, "retired", "DEVICE_RETIRED"],
    ] as const) {
      fixture.directory.see(new Map([[fallen, { ...standing, status }]]));
      expect((await refusal(asked))[1], `${fallen} ${status}`).to.equal(code);
    }
  });

  it("refuses who holds less than what is asked, or nothing", async () => {
    expect(await refusal()).to.deep.equal([403, "GRANT_MISSING"]);
    give(fixture.access.final, fixture.device.id, guest, COMMAND);
    const more = (COMMAND | CONFIGURE).toString();
    expect(await refusal({ permission: more })).to.deep.equal([403, "GRANT_MISSING"]);
  });

  it("refuses for devices that are unknown or suspended, and commanders that are", async () => {
    const stranger: DeviceId = `0x${"ab".repeat(20)}`;
    expect(await refusal({ device: stranger })).to.deep.equal([404, "NOT_FOUND"]);
    const suspended = await enrol(fixture.data, { status: "suspended" });
    await fixture.follow();
    expect(await refusal({ device: suspended.id })).to.deep.equal([403, "DEVICE_SUSPENDED"]);
    give(fixture.access.final, fixture.device.id, suspended.id, COMMAND);
    expect(await refusal({ commander: suspended.id })).to.deep.equal([403, "DEVICE_SUSPENDED"]);
  });

  it("says nothing while the chain has not been seen for a minute", async () => {
    give(fixture.access.final, fixture.device.id, guest, COMMAND);
    fixture.access.state.fresh = false;
    expect(await refusal()).to.deep.equal([503, "AUTHORITY_STALE"]);
  });

  it("refuses malformed questions", async () => {
    for (const query of [
      { permission: "0" },
      { permission: "-1" },
      { permission: "64" },
      { permission: "1099511627776" },
      { challenge: "0x00" },
      { device: "0x00" },
      { commander: "somebody" },
      { more: "1" },
    ]) {
      expect(await refusal(query), JSON.stringify(query)).to.deep.equal([400, "REQUEST_INVALID"]);
    }
  });
});
