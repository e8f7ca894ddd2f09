import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hex } from "@fieldseal/sdk";
import { expect } from "chai";
import { openApiDocument } from "../../../oracle/src/api/openapi-document.ts";
import {
  brokerUp,
  chainFollowed,
  storeWritable,
} from "../../../oracle/src/api/readiness-checks.ts";
import { domain, logAddress, operatorKey, registry } from "../ingest/fixture.ts";
import { type ApiFixture, apiFixture } from "./fixture.ts";

describe("HTTP service", () => {
  let fixture: ApiFixture;
  beforeEach(async () => {
    fixture = await apiFixture();
  });
  afterEach(() => fixture.end());

  it("tells a client which chain, log, committee and broker it serves", async () => {
    const { body } = await fixture.get("/v1/info");
    expect(body).to.deep.include({
      chainId: 31337,
      registry,
      log: logAddress,
      logId: "1",
      restricted: false,
      domain: hex(domain),
      committee: { epoch: 0, threshold: 1, operators: [operatorKey.address] },
    });
    expect(body.broker.audience).to.equal(`${hex(domain)}/fieldseal`);
  });

  it("tells browsers not to guess types nor to run what they are given", async () => {
    const { headers } = await fixture.api.app.inject("/v1/info");
    expect(headers).to.include({ "x-content-type-options": "nosniff" });
    expect(headers["content-security-policy"]).to.contain("default-src 'self'");
  });

  it("shows devices page by page, and one with its keys", async () => {
    const { body } = await fixture.get("/v1/devices");
    expect(body.items).to.have.length(1);
    expect(body.next).to.equal(null);
    await fixture.store(1n);
    const one = await fixture.get(
      `/v1/devices/${fixture.device.id.toUpperCase().replace("X", "x")}`,
    );
    expect(one.body).to.include({ device: fixture.device.id, status: "active", keyIndex: 0 });
    expect(one.body.keys).to.have.length(1);
    expect(one.body.lastReceivedAt).to.equal(String(fixture.clock.ms));
    const none = await fixture.get(`/v1/devices/0x${"12".repeat(20)}`);
    expect([none.status, none.body.code]).to.deep.equal([404, "NOT_FOUND"]);
  });

  it("shows checkpoints newest first, and one by its index", async () => {
    for (let i = 1; i <= 3; i++) {
      await fixture.store(BigInt(i));
      await fixture.seal();
    }
    const { body } = await fixture.get("/v1/checkpoints?limit=2");
    expect(body.items.map(({ index }: { index: string }) => index)).to.deep.equal(["2", "1"]);
    const rest = await fixture.get(`/v1/checkpoints?limit=2&cursor=${body.next}`);
    expect(rest.body.items.map(({ index }: { index: string }) => index)).to.deep.equal(["0"]);
    expect(rest.body.next).to.equal(null);
    const one = await fixture.get("/v1/checkpoints/1");
    expect(one.body).to.include({ index: "1", size: "1", state: "final", signers: "0x01" });
    expect((await fixture.get("/v1/checkpoints/3")).body.code).to.equal("NOT_FOUND");
  });

  it("streams a checkpoint's messages, from any leaf on", async () => {
    await fixture.storeMany(520);
    await fixture.seal();
    const lines = async (query: string) => {
      const url = `/v1/checkpoints/0/messages${query}`;
      const { payload } = await fixture.api.app.inject({ method: "GET", url });
      return payload
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    };
    const messages = await lines("");
    expect(messages.map(({ index }) => Number(index))).to.deep.equal([...Array(520).keys()]);
    expect(messages[0].message).to.be.a("string");
    expect((await lines("?from=515")).map(({ index }) => index)).to.deep.equal([
      "515",
      "516",
      "517",
      "518",
      "519",
    ]);
  });

  it("keeps bodies out of a restricted log's messages and leaves the hashes open", async () => {
    await fixture.end();
    fixture = await apiFixture({ restricted: true });
    await fixture.store(1n);
    await fixture.seal();
    const url = "/v1/checkpoints/0/messages";
    const line = JSON.parse((await fixture.api.app.inject({ method: "GET", url })).payload);
    expect(line.message).to.equal(null);
    expect(line.root).to.match(/^0x[0-9a-f]{64}$/);
    expect(line.signature).to.match(/^0x[0-9a-f]{128}$/);
  });

  it("answers unknown endpoints and defects with a code and no stack", async () => {
    const { status, body } = await fixture.get("/v1/nothing?secret=1");
    expect([status, body]).to.deep.equal([
      404,
      { code: "NOT_FOUND", message: "GET /v1/nothing is no endpoint of this API." },
    ]);
    fixture.ingest.submit = () => Promise.reject(new TypeError("at /some/where.ts:1"));
    const response = await fixture.api.app.inject({
      method: "POST",
      url: "/v1/messages",
      headers: { "content-type": "application/octet-stream" },
      payload: Buffer.from([1]),
    });
    expect(response.statusCode).to.equal(500);
    expect(response.json()).to.deep.equal({
      code: "INTERNAL",
      message: "The service failed; its log holds the reason.",
    });
  });

  it("limits how much one address may ask", async () => {
    await fixture.end();
    fixture = await apiFixture({ limits: { requestsPerMinute: 3 } });
    for (let i = 0; i < 3; i++) expect((await fixture.get("/v1/info")).status).to.equal(200);
    const { status, body } = await fixture.get("/v1/info");
    expect([status, body.code]).to.deep.equal([429, "RATE_LIMITED"]);
    expect((await fixture.get("/healthz")).status).to.equal(200);
  });

  it("is ready only while chain, store and broker are, and says what is not", async () => {
    await fixture.end();
    const state = { broker: true, followedAtMs: 0 };
    const clock = { nowMs: () => 100_000, elapsedMs: () => 100_000 };
    const checks = (store: Parameters<typeof storeWritable>[0]) => [
      chainFollowed(() => state.followedAtMs, clock, 60_000),
      storeWritable(store, clock),
      brokerUp(() => state.broker),
    ];
    const lazy: ReturnType<typeof checks> = [];
    fixture = await apiFixture({ readiness: lazy });
    lazy.push(...checks(fixture.data));
    const stale = await fixture.get("/readyz");
    expect(stale.status).to.equal(503);
    expect(stale.body.checks[0].reason).to.equal("the chain was last followed 100 s ago");
    state.followedAtMs = 99_000;
    expect((await fixture.get("/readyz")).status).to.equal(200);
    state.broker = false;
    const down = await fixture.get("/readyz");
    expect(down.status).to.equal(503);
    expect(down.body.ready).to.equal(false);
    expect(down.body.checks.filter(({ state }: { state: string }) => state !== "ok")).to.deep.equal(
      [
        {
          name: "broker",
          state: "failing",
          since: new Date(fixture.clock.ms).toISOString(),
          code: "BROKER_DOWN",
          reason: "the broker is not connected",
        },
      ],
    );
  });

  it("shows its metrics to Prometheus", async () => {
    const { payload, headers } = await fixture.api.app.inject({ method: "GET", url: "/metrics" });
    expect(headers["content-type"]).to.contain("text/plain");
    expect(payload).to.contain("fieldseal_messages_stored_total");
  });

  it("describes itself in docs/openapi.json", async () => {
    const path = fileURLToPath(new URL("../../../docs/openapi.json", import.meta.url));
    const { body } = await fixture.get("/v1/openapi.json");
    expect(body).to.deep.equal(JSON.parse(JSON.stringify(await openApiDocument())));
    expect(body, "run node scripts/generate.ts").to.deep.equal(
      JSON.parse(readFileSync(path, "utf8")),
    );
  });
});
