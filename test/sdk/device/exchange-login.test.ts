import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exchangeLogin, type MqttConnection, type MqttOpenOptions } from "@fieldseal/sdk";
import { expect } from "chai";

describe("a login that is exchanged for a password", () => {
  let service: Server;
  let url: string;
  let asked: { path: string | undefined; body: unknown }[];
  let answer: { status: number; body: string };
  let opened: MqttOpenOptions[];

  const connection: MqttConnection = {
    publish: async () => {},
    subscribe: async () => {},
    close: async () => {},
  };
  const open = (base = url) =>
    exchangeLogin(
      {
        async open(options) {
          opened.push(options);
          return connection;
        },
      },
      base,
    )
      .open({
        clientId: "0xab",
        username: "0xab",
        password: "the token",
        onMessage() {},
        onClose() {},
      })
      .catch((error: { code: string }) => error.code);

  beforeEach(async () => {
    asked = [];
    opened = [];
    answer = { status: 200, body: '{"username":"0xab","password":"secret","expires":7}' };
    service = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      asked.push({ path: request.url, body: JSON.parse(Buffer.concat(chunks).toString()) });
      response.writeHead(answer.status, { location: `${url}/elsewhere` }).end(answer.body);
    });
    await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((resolve) => service.close(resolve)));

  it("opens with the password, and asks anew for each attempt", async () => {
    expect(await open()).to.equal(connection);
    expect(await open(`${url}/`)).to.equal(connection);
    expect(asked).to.deep.equal(
      Array(2).fill({
        path: "/v1/broker/login",
        body: { clientId: "0xab", token: "the token" },
      }),
    );
    expect(opened.map(({ username, password }) => [username, password])).to.deep.equal(
      Array(2).fill(["0xab", "secret"]),
    );
  });

  for (const [status, code] of [
    [401, "MQTT_LOGIN"],
    [403, "MQTT_LOGIN"],
    [429, "MQTT_CONNECT"],
    [503, "MQTT_CONNECT"],
    [302, "MQTT_CONNECT"],
  ] as const) {
    it(`does not open when the service answers ${status}: ${code}`, async () => {
      answer = { status, body: '{"code":"DEVICE_SUSPENDED","message":"It is."}' };
      expect(await open()).to.equal(code);
      expect(opened).to.deep.equal([]);
      expect(asked.length).to.equal(1);
    });
  }

  for (const body of ["", "null", "[]", '{"username":"0xab"}', '{"username":1,"password":2}']) {
    it(`does not open on the answer ${body || "nothing"}`, async () => {
      answer = { status: 200, body };
      expect(await open()).to.equal("MQTT_CONNECT");
      expect(opened).to.deep.equal([]);
    });
  }
});
