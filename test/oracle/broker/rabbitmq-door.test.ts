import { expect } from "chai";
import { topicOfRoutingKey } from "../../../oracle/src/broker/rabbitmq/routing-key.ts";
import { type AskingBench, askingBench, secret } from "./asking-bench.ts";
import { tokenOf } from "./clients.ts";
import { newDevice } from "./fixture.ts";

describe("questions of rabbitmq_auth_backend_http", () => {
  let bench: AskingBench;
  let id: string;

  const ask = async (
    question: string,
    fields: Record<string, string> | string,
    place = `${secret}/rabbitmq`,
  ): Promise<string> => {
    const { body } = await bench.app.inject({
      method: "POST",
      url: `/v1/broker/${place}/${question}`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      payload: typeof fields === "string" ? fields : new URLSearchParams(fields).toString(),
    });
    return body;
  };
  // As RabbitMQ 3.10.8 with rabbitmq_mqtt asks.
  const user = (password: string) => ({ username: id, password, vhost: "/", client_id: id });
  const resource = (kind: string, name: string, permission: string) => ({
    username: id,
    vhost: "/",
    resource: kind,
    name,
    permission,
    tags: "",
    client_id: id,
  });
  const topic = (routingKey: string, permission: string, more: Record<string, string> = {}) => ({
    username: id,
    vhost: "/",
    resource: "topic",
    name: "amq.topic",
    permission,
    tags: "",
    routing_key: routingKey,
    "variable_map.client_id": id,
    "variable_map.username": id,
    "variable_map.vhost": "/",
    ...more,
  });
  const login = async () => {
    const token = await tokenOf(bench.device, bench.common.clock.nowMs());
    expect(await ask("user", user(token))).to.equal("allow");
  };

  beforeEach(async () => {
    bench = await askingBench();
    id = bench.device.device;
  });
  afterEach(() => bench.app.close());

  it("user: a device's own token is a login, by form or by query", async () => {
    const token = await tokenOf(bench.device, bench.common.clock.nowMs());
    expect(await ask("user", user(token))).to.equal("allow");
    const query = new URLSearchParams(user(token)).toString();
    const url = `/v1/broker/${secret}/rabbitmq/user?${query}`;
    expect((await bench.app.inject({ method: "GET", url })).body).to.equal("allow");
  });

  it("user: anything but that is none", async () => {
    const own = await tokenOf(bench.device, bench.common.clock.nowMs());
    const foreign = await tokenOf(newDevice(2), bench.common.clock.nowMs());
    const { client_id, ...amqp } = user(own);
    expect(client_id).to.equal(id);
    for (const fields of [
      user(""),
      user("guess"),
      user(foreign),
      amqp,
      { ...user(own), client_id: `${id}x` },
      { ...user(own), username: id.toUpperCase() },
      { ...user(own), vhost: "/other" },
      `${new URLSearchParams(user(own))}&username=${id}`,
      {},
    ]) {
      expect(await ask("user", fields), JSON.stringify(fields)).to.equal("deny");
    }
  });

  it("vhost, resource, topic: nothing before a login", async () => {
    const { password, ...vhost } = user("");
    expect(password).to.equal("");
    expect(await ask("vhost", vhost)).to.equal("deny");
    expect(await ask("resource", resource("exchange", "amq.topic", "read"))).to.equal("deny");
    expect(await ask("topic", topic(`fieldseal.1.${id}.up`, "write"))).to.equal("deny");
    await login();
    expect(await ask("vhost", vhost)).to.equal("allow");
    expect(await ask("vhost", { ...vhost, vhost: "/other" })).to.equal("deny");
  });

  it("resource: its own subscription's queue and the exchange of MQTT, nothing else", async () => {
    await login();
    const allowed: [string, string, string][] = [
      ["queue", `mqtt-subscription-${id}qos0`, "configure"],
      ["queue", `mqtt-subscription-${id}qos1`, "read"],
      ["queue", `mqtt-subscription-${id}qos1`, "write"],
      ["exchange", "amq.topic", "read"],
      ["exchange", "amq.topic", "write"],
    ];
    const denied: [string, string, string][] = [
      ["queue", `mqtt-subscription-${newDevice(2).device}qos1`, "read"],
      ["queue", `mqtt-subscription-${id}qos1x`, "read"],
      ["queue", "readings", "read"],
      ["exchange", "amq.topic", "configure"],
      ["exchange", "amq.direct", "write"],
      ["exchange", "", "write"],
      ["topic", "amq.topic", "write"],
    ];
    for (const one of allowed) expect(await ask("resource", resource(...one))).to.equal("allow");
    for (const one of denied) expect(await ask("resource", resource(...one))).to.equal("deny");
  });

  it("topic: the device's own, in the direction of each", async () => {
    await login();
    const other = newDevice(2).device;
    const cases: [string, string, string][] = [
      [`fieldseal.1.${id}.up`, "write", "allow"],
      [`fieldseal.1.${id}.state`, "write", "allow"],
      [`fieldseal.1.${id}.receipt`, "read", "allow"],
      [`fieldseal.1.${id}.command`, "read", "allow"],
      [`fieldseal.1.${id}.up`, "read", "deny"],
      [`fieldseal.1.${id}.receipt`, "write", "deny"],
      [`fieldseal.1.${id}.up`, "configure", "deny"],
      [`fieldseal.1.${other}.up`, "write", "deny"],
      [`fieldseal.1.${other}.command`, "read", "deny"],
      ["fieldseal.1.*.up", "read", "deny"],
      ["#", "read", "deny"],
      [`fieldseal.1.${id}.#`, "read", "deny"],
      [`fieldseal.1.${id}./.${other}.up`, "write", "deny"],
      [`fieldseal/1/${id}/up`, "write", "deny"],
      [`fieldseal.1.${id}.up.`, "write", "deny"],
      ["", "write", "deny"],
    ];
    for (const [key, permission, answer] of cases) {
      expect(await ask("topic", topic(key, permission)), `${permission} ${key}`).to.equal(answer);
    }
    const up = `fieldseal.1.${id}.up`;
    for (const more of [{ name: "amq.direct" }, { vhost: "/other" }, { resource: "queue" }]) {
      expect(await ask("topic", topic(up, "write", more))).to.equal("deny");
    }
    const stolen = topic(up, "write", { "variable_map.client_id": other });
    expect(await ask("topic", stolen)).to.equal("deny");
  });

  it("nobody without the secret has an answer but deny", async () => {
    const token = await tokenOf(bench.device, bench.common.clock.nowMs());
    expect(await ask("user", user(token), "rabbitmq")).to.equal("deny");
    expect(await ask("user", user(token), `${secret}x/rabbitmq`)).to.equal("deny");
    expect(bench.sessions.size).to.equal(0);
    const url = "/v1/broker/rabbitmq/user";
    const payload = new URLSearchParams(user(token)).toString();
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      "x-fieldseal-secret": secret,
    };
    const { body } = await bench.app.inject({ method: "POST", url, payload, headers });
    expect(body).to.equal("allow");
  });

  it("without a secret only a program on this machine is answered, and no proxy", async () => {
    await bench.app.close();
    bench = await askingBench({ secret: undefined });
    id = bench.device.device;
    const token = await tokenOf(bench.device, bench.common.clock.nowMs());
    const payload = new URLSearchParams(user(token)).toString();
    const from = async (remoteAddress: string, more: Record<string, string> = {}) => {
      const headers = { "content-type": "application/x-www-form-urlencoded", ...more };
      const url = "/v1/broker/rabbitmq/user";
      const request = { method: "POST" as const, url, payload, headers, remoteAddress };
      return (await bench.app.inject(request)).body;
    };
    expect(await from("127.0.0.1")).to.equal("allow");
    expect(await from("::1")).to.equal("allow");
    expect(await from("10.0.0.7")).to.equal("deny");
    expect(await from("127.0.0.1", { "x-forwarded-for": "10.0.0.7" })).to.equal("deny");
  });

  it("a question that is too long, or that fails, is denied", async () => {
    const long = { ...user("x".repeat(20_000)) };
    expect(await ask("user", long)).to.equal("deny");
    expect(await ask("user", "%")).to.equal("deny");
  });
});

describe("a routing key", () => {
  it("is a topic if every level of it is plain", () => {
    expect(topicOfRoutingKey("fieldseal.1.0xab.up")).to.equal("fieldseal/1/0xab/up");
    for (const key of ["", ".", "a.", ".a", "a..b", "a.*", "#", "a/b", "a b", "a.\u0000", "a.+"]) {
      expect(topicOfRoutingKey(key), key).to.equal(undefined);
    }
  });
});
