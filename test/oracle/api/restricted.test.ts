import { createLoginToken, permissions } from "@fieldseal/sdk";
import { expect } from "chai";
import { Wallet } from "ethers";
import { addressOf, answerTo, everybody, give, owner, sessionOf } from "../access/support.ts";
import { enrol } from "../ingest/fixture.ts";
import { type ApiFixture, apiFixture } from "./fixture.ts";

const { READ, COMMAND } = permissions;
const wallet = new Wallet(`0x${"a1".repeat(32)}`);
const auditor = new Wallet(`0x${"a2".repeat(32)}`);

describe("a restricted log", () => {
  let fixture: ApiFixture;
  let token: string;
  beforeEach(async () => {
    fixture = await apiFixture({ restricted: true, auditors: [addressOf(auditor)] });
    await fixture.store(1n);
    await fixture.seal();
    token = await sessionOf(fixture.access.sessions, wallet, fixture.common.clock.nowMs());
  });
  afterEach(() => fixture.end());

  const closed = () => {
    const { id } = fixture.device;
    return [`readings?device=${id}`, `proofs/${id}/0/1/0`, `audit/${id}`];
  };
  const answers = async (bearer?: string) => {
    const all = [];
    for (const path of closed()) {
      const { status, body } = await fixture.get(`/v1/${path}`, bearer);
      all.push(status === 200 ? 200 : body.code);
    }
    return all;
  };
  const grantRead = (bits: bigint, grantee = addressOf(wallet)) =>
    give(fixture.access.final, fixture.device.id, grantee, bits);

  it("is read by who holds READ, as long as he holds it", async () => {
    expect(await answers(token)).to.deep.equal(["RESTRICTED", "RESTRICTED", "RESTRICTED"]);
    grantRead(COMMAND);
    expect(await answers(token)).to.deep.equal(["RESTRICTED", "RESTRICTED", "RESTRICTED"]);
    grantRead(READ);
    expect(await answers(token)).to.deep.equal([200, 200, 200]);
    grantRead(0n);
    expect(await answers(token)).to.deep.equal(["RESTRICTED", "RESTRICTED", "RESTRICTED"]);
  });

  it("tells nobody else when a device says that it measured", async () => {
    const url = `/v1/devices/${fixture.device.id}`;
    const times = async (bearer?: string) => {
      const { newestReadingAt, lastReceivedAt } = (await fixture.get(url, bearer)).body;
      return [newestReadingAt, lastReceivedAt].map((time) => typeof time);
    };
    expect(await times()).to.deep.equal(["object", "string"]);
    expect(await times(token)).to.deep.equal(["object", "string"]);
    grantRead(READ);
    expect(await times(token)).to.deep.equal(["string", "string"]);
  });

  it("is open to everybody who signs in where READ was granted to everybody", async () => {
    grantRead(READ, everybody);
    expect(await answers(token)).to.deep.equal([200, 200, 200]);
  });

  it("is read whole by named auditors only; others must name a device", async () => {
    grantRead(READ);
    expect((await fixture.get("/v1/readings", token)).body.code).to.equal("RESTRICTED");
    const nowMs = fixture.common.clock.nowMs();
    const named = await sessionOf(fixture.access.sessions, auditor, nowMs);
    expect((await fixture.get("/v1/readings", named)).body.items).to.have.length(1);
    expect(await answers(named)).to.deep.equal([200, 200, 200]);
  });

  it("shows a device its own readings, and another device nothing", async () => {
    const nowS = Math.floor(fixture.common.clock.nowMs() / 1000);
    const tokenOf = (device: typeof fixture.device, audience = fixture.audience) => {
      const [signer] = device.signers;
      if (signer === undefined) throw new Error("a device without a key");
      return createLoginToken({ signer, device: device.id, audience, nowS, lifetimeS: 600 });
    };
    expect(await answers(await tokenOf(fixture.device))).to.deep.equal([200, 200, 200]);
    const elsewhere = await tokenOf(fixture.device, "0x00/fieldseal");
    expect(await answers(elsewhere)).to.deep.equal(Array(3).fill("LOGIN_AUDIENCE"));
    const other = await enrol(fixture.data);
    await fixture.follow();
    expect(await answers(await tokenOf(other))).to.deep.equal(Array(3).fill("RESTRICTED"));
  });

  it("answers bad credentials with 401 and their code", async () => {
    const unsigned = (header: object) =>
      `${Buffer.from(JSON.stringify(header)).toString("base64url")}.e30.`;
    const cases: [string, string][] = [
      ["fs1.AAAA", "SESSION_INVALID"],
      ["garbage", "LOGIN_FORMAT"],
      [unsigned({ alg: "none", typ: "fieldseal-login+jwt" }), "LOGIN_FORMAT"],
    ];
    for (const [bearer, code] of cases) {
      const { status, body, headers } = await fixture.get("/v1/readings", bearer);
      expect([status, body.code], bearer).to.deep.equal([401, code]);
      expect(headers["www-authenticate"]).to.equal("Bearer");
    }
    const basic = await fixture.api.app.inject({
      method: "GET",
      url: "/v1/readings",
      headers: { authorization: "Basic YTpi" },
    });
    expect([basic.statusCode, basic.json().code]).to.deep.equal([401, "AUTHORIZATION_FORMAT"]);
  });

  it("shows the bodies of a checkpoint's messages by device", async () => {
    const other = await enrol(fixture.data);
    await fixture.follow();
    await fixture.store(1n, {}, other);
    await fixture.store(2n);
    await fixture.seal();
    grantRead(READ);
    const url = "/v1/checkpoints/1/messages";
    const headers = { authorization: `Bearer ${token}` };
    const { body } = await fixture.api.app.inject({ method: "GET", url, headers });
    const lines = body
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).to.have.length(2);
    for (const { device, message, signature } of lines) {
      expect(message !== null, device).to.equal(device === fixture.device.id);
      expect(signature).to.be.a("string");
    }
  });

  it("tells a live stream of a device's readings while its caller may read them", async () => {
    const url = await fixture.api.listen({ host: "127.0.0.1", port: 0 });
    grantRead(READ);
    const response = await fetch(`${url}/v1/live`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const stranger = await fetch(`${url}/v1/live`);
    const next = async (
      events: ReadableStreamDefaultReader<Uint8Array> | undefined,
      want: RegExp,
    ) => {
      let seen = "";
      while (!want.test(seen)) seen += Buffer.from((await events?.read())?.value ?? []).toString();
      return seen;
    };
    const elsewhere = await fetch(`${url}/v1/live?device=0x${"ab".repeat(20)}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const [events, open] = [response.body?.getReader(), stranger.body?.getReader()];
    const another = elsewhere.body?.getReader();
    await fixture.store(2n);
    expect(await next(events, /event: reading/)).to.contain('"sequence":"2"');
    grantRead(0n);
    await fixture.store(3n);
    await fixture.seal();
    expect(await next(events, /event: checkpoint/)).not.to.contain("event: reading");
    expect(await next(open, /event: checkpoint/)).not.to.contain("event: reading");
    expect(await next(another, /event: checkpoint/)).not.to.contain("event: reading");
  });
});

describe("/v1/session", () => {
  let fixture: ApiFixture;
  before(async () => {
    fixture = await apiFixture();
  });
  after(() => fixture.end());
  const post = async (payload: object) => {
    const response = await fixture.api.app.inject({ method: "POST", url: "/v1/session", payload });
    return { status: response.statusCode, body: response.json(), headers: response.headers };
  };
  const nowMs = () => fixture.common.clock.nowMs();

  it("gives a challenge, takes the signed message, and says who is signed in", async () => {
    const challenge = await fixture.get("/v1/session/challenge");
    expect(challenge.headers["cache-control"]).to.equal("no-store");
    const { nonce } = challenge.body;
    const message = answerTo(fixture.access.sessions, wallet.address, nowMs(), { nonce });
    const signed = await post({ message, signature: await wallet.signMessage(message) });
    expect([signed.status, signed.body.address]).to.deep.equal([200, addressOf(wallet)]);
    const who = await fixture.get("/v1/session", signed.body.token);
    expect(who.body).to.include({ kind: "account", address: addressOf(wallet) });
    const nobody = await fixture.get("/v1/session");
    expect([nobody.status, nobody.body.code]).to.deep.equal([401, "SIGN_IN_REQUIRED"]);
  });

  it("refuses what is malformed before anything is asked of the chain", async () => {
    const message = answerTo(fixture.access.sessions, owner, nowMs());
    for (const payload of [
      {},
      { message },
      { message, signature: "0x" },
      { message, signature: "0xzz" },
      { message, signature: `0x${"00".repeat(2049)}` },
      { message: "x".repeat(4097), signature: "0x00" },
      { message, signature: "0x00", more: 1 },
    ]) {
      const { status, body } = await post(payload);
      expect([status, body.code]).to.deep.equal([400, "REQUEST_INVALID"]);
    }
  });

  it("answers a refusal with its code", async () => {
    const message = answerTo(fixture.access.sessions, wallet.address, nowMs(), { chainId: 5 });
    const { status, body } = await post({ message, signature: await wallet.signMessage(message) });
    expect([status, body.code]).to.deep.equal([401, "SIGN_IN_PLACE"]);
  });
});
