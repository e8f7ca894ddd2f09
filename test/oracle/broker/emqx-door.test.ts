import { topicsOf } from "@fieldseal/sdk";
import { expect } from "chai";
import { type AskingBench, askingBench, secret } from "./asking-bench.ts";
import { tokenOf } from "./clients.ts";
import { newDevice } from "./fixture.ts";

/**
 * The questions are what deploy/brokers/emqx.conf makes EMQX ask; the answers have the fields and values of EMQX 5.8's
 * documentation: docs.emqx.com/en/emqx/v58/access-control/authn/http.html ("HTTP Request and Response": content-type
 * application/json; `result` allow, deny or ignore; `is_superuser`; `acl`, `expire_at` since 5.8.0; 4xx and 5xx count as
 * ignore) and …/authz/http.html (`result`; any status but 200 and 204 counts as ignore).
 */
describe("questions of EMQX 5.8", () => {
  let bench: AskingBench;
  let id: string;

  const ask = async (question: "authn" | "authz", body: unknown, header = secret) => {
    const {
      statusCode,
      headers,
      body: text,
    } = await bench.app.inject({
      method: "POST",
      url: `/v1/broker/emqx/${question}`,
      headers: { "content-type": "application/json", "x-fieldseal-secret": header },
      payload: typeof body === "string" ? body : JSON.stringify(body),
    });
    expect(statusCode).to.equal(200);
    expect(headers["content-type"]).to.match(/^application\/json/);
    return JSON.parse(text) as Record<string, unknown>;
  };
  const login = async () => {
    const password = await tokenOf(bench.device, bench.common.clock.nowMs());
    return ask("authn", { clientid: id, username: id, password });
  };
  const use = (action: string, topic: string, more = {}) =>
    ask("authz", { clientid: id, username: id, action, topic, ...more });

  beforeEach(async () => {
    bench = await askingBench();
    id = bench.device.device;
  });
  afterEach(() => bench.app.close());

  it("authn: a device is let in with its own topics until its token ends, and is no superuser", async () => {
    const { up, state, receipt, command, market } = topicsOf("fieldseal/1", bench.device.device);
    const allow = (action: string) => (topic: string) => ({
      permission: "allow",
      action,
      topic: `eq ${topic}`,
    });
    const { acl, ...answer } = await login();
    expect(answer).to.deep.equal({
      result: "allow",
      is_superuser: false,
      expire_at: Math.floor(bench.common.clock.nowMs() / 1000) + 3600,
    });
    const own = [up, state, receipt, command, market];
    expect(acl).to.include.deep.members([up, state].map(allow("publish")));
    expect(acl).to.include.deep.members([receipt, command].map(allow("subscribe")));
    for (const { topic } of acl as { topic: string }[]) {
      expect(own.map((one) => `eq ${one}`)).to.include(topic);
    }
  });

  it("authn: anybody else is denied, with status 200, for any other means ignore", async () => {
    const password = await tokenOf(bench.device, bench.common.clock.nowMs());
    const foreign = await tokenOf(newDevice(2), bench.common.clock.nowMs());
    for (const body of [
      { clientid: id, username: id, password: "guess" },
      { clientid: id, username: id, password: foreign },
      { clientid: "other", username: id, password },
      { clientid: id, username: "other", password },
      { clientid: id, username: "undefined", password: "undefined" },
      { clientid: id },
      { clientid: 7, username: [id], password },
      [],
      null,
      "{",
      "",
      JSON.stringify({ clientid: id, username: id, password: "x".repeat(20_000) }),
    ]) {
      expect(await ask("authn", body), JSON.stringify(body).slice(0, 80)).to.deep.equal({
        result: "deny",
      });
    }
  });

  it("authz: the device's rights and no more, once it is logged in", async () => {
    const { up, receipt } = topicsOf("fieldseal/1", bench.device.device);
    const other = topicsOf("fieldseal/1", newDevice(2).device);
    expect(await use("publish", up)).to.deep.equal({ result: "deny" });
    await login();
    expect(await use("publish", up)).to.deep.equal({ result: "allow" });
    expect(await use("subscribe", receipt)).to.deep.equal({ result: "allow" });
    for (const [action, topic] of [
      ["subscribe", up],
      ["publish", receipt],
      ["publish", other.up],
      ["subscribe", other.command],
      ["subscribe", "#"],
      ["subscribe", "fieldseal/1/+/up"],
      ["subscribe", "$SYS/#"],
      ["subscribe", `$share/g/${receipt}`],
      ["subscribe", `fieldseal/1/${id}/../x`],
      ["connect", up],
    ] as const) {
      expect(await use(action, topic), `${action} ${topic}`).to.deep.equal({ result: "deny" });
    }
    expect(await use("publish", up, { clientid: "other" })).to.deep.equal({ result: "deny" });
  });

  it("are denied without the secret", async () => {
    const password = await tokenOf(bench.device, bench.common.clock.nowMs());
    const body = { clientid: id, username: id, password };
    expect(await ask("authn", body, "wrong")).to.deep.equal({ result: "deny" });
    expect(bench.sessions.size).to.equal(0);
  });
});
