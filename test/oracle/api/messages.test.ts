import { decodeReceipt, fromHex, hex } from "@fieldseal/sdk";
import { expect } from "chai";
import { signed } from "../ingest/fixture.ts";
import { type ApiFixture, apiFixture } from "./fixture.ts";

describe("POST /v1/messages", () => {
  let fixture: ApiFixture;
  beforeEach(async () => {
    fixture = await apiFixture();
  });
  afterEach(() => fixture.end());

  async function post(payload: Uint8Array | string, headers: Record<string, string> = {}) {
    const response = await fixture.api.app.inject({
      method: "POST",
      url: "/v1/messages",
      headers: { "content-type": "application/octet-stream", ...headers },
      payload: Buffer.from(payload as string),
    });
    return { status: response.statusCode, headers: response.headers, response };
  }

  it("stores a COSE message and answers its stored receipt", async () => {
    const { status, response } = await post(await signed(fixture.device, 1n));
    expect(status).to.equal(200);
    const body = response.json();
    expect(body.outcome).to.equal("stored");
    expect(body.device).to.equal(fixture.device.id);
    const receipt = decodeReceipt(fromHex(body.receipt));
    expect(receipt).to.include({ t: "stored", sequence: 1n });
  });

  it("stores a JSON message", async () => {
    const bytes = await signed(fixture.device, 2n, { encoding: "json" });
    const { status, response } = await post(bytes, { "content-type": "application/json" });
    expect(status, response.body).to.equal(200);
    expect(response.json().sequence).to.equal("2");
  });

  it("answers the receipt's bytes to whoever accepts CBOR", async () => {
    const bytes = await signed(fixture.device, 3n);
    const { headers, response } = await post(bytes, { accept: "application/cbor" });
    expect(headers["content-type"]).to.equal("application/cbor");
    expect(decodeReceipt(response.rawPayload)).to.include({ t: "stored", sequence: 3n });
  });

  it("acknowledges a duplicate again with the same content", async () => {
    const bytes = await signed(fixture.device, 4n);
    const first = (await post(bytes)).response.json();
    const again = (await post(bytes)).response.json();
    expect(again).to.include({ outcome: "duplicate", root: first.root });
  });

  it("answers a refusal's code with a status that fits", async () => {
    const forged = Buffer.from(await signed(fixture.device, 5n));
    forged.writeUInt8(forged.readUInt8(forged.length - 1) ^ 1, forged.length - 1);
    const cases: [Uint8Array, number, string][] = [
      [forged, 403, "SIGNATURE_INVALID"],
      [new Uint8Array(10).fill(1), 400, "MESSAGE_ENCODING"],
      [new Uint8Array(0), 400, "MESSAGE_ENCODING"],
      [new Uint8Array(9000), 413, "MESSAGE_TOO_LARGE"],
    ];
    for (const [bytes, status, code] of cases) {
      const answer = await post(bytes);
      expect(answer.status, code).to.equal(status);
      expect(answer.response.json().code).to.equal(code);
    }
  });

  it("keeps for the operator what is over 8 KiB, and reads no more than 64 KiB", async () => {
    expect((await post(new Uint8Array(60_000).fill(0xd2))).status).to.equal(413);
    const kept = await fixture.data.db.selectFrom("quarantine").select("code").execute();
    expect(kept).to.deep.equal([{ code: "MESSAGE_TOO_LARGE" }]);
    const { status, response } = await post(new Uint8Array(70_000).fill(0xd2));
    expect([status, response.json().code]).to.deep.equal([413, "MESSAGE_TOO_LARGE"]);
    expect(await fixture.data.db.selectFrom("quarantine").select("code").execute()).to.have.length(
      1,
    );
  });

  it("answers 409 to another content for a stored identity", async () => {
    await post(await signed(fixture.device, 6n, { value: 1 }));
    const { status, response } = await post(await signed(fixture.device, 6n, { value: 2 }));
    expect([status, response.json().code]).to.deep.equal([409, "MESSAGE_CONFLICT"]);
  });

  it("refuses a body of another media type, naming what it takes", async () => {
    const { status, response } = await post("x=1", {
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(status).to.equal(415);
    expect(response.json().code).to.equal("MEDIA_TYPE");
    expect(response.json().message).to.contain("application/octet-stream");
  });

  it("holds a caller to ingest's rate, with 429 and Retry-After", async () => {
    await fixture.end();
    fixture = await apiFixture();
    const garbage = new Uint8Array([1]);
    let last = await post(garbage);
    for (let i = 0; i < 1000 && last.status !== 429; i++) last = await post(garbage);
    expect(last.status).to.equal(429);
    expect(last.headers["retry-after"]).to.equal("1");
    expect(last.response.json().code).to.equal("RATE_LIMITED");
  });

  it("stores the very root that the device signed", async () => {
    const { response } = await post(await signed(fixture.device, 7n));
    const row = await fixture.data.read
      .selectFrom("messages")
      .select("root")
      .executeTakeFirstOrThrow();
    expect(response.json().root).to.equal(hex(row.root));
  });
});
