import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { emqxCutter } from "../../../oracle/src/broker/emqx/emqx-cutter.ts";
import { managementApi } from "../../../oracle/src/broker/management-api.ts";
import { rabbitmqCutter } from "../../../oracle/src/broker/rabbitmq/rabbitmq-cutter.ts";

type Seen = { method?: string | undefined; url?: string | undefined; login: string };

describe("cutting sessions by a broker's management API", () => {
  let server: Server;
  let base: string;
  let seen: Seen[];
  let answer: (seen: Seen) => { status: number; body?: unknown };
  const client = { clientId: "0xab/phone 1", username: "0xab" };

  beforeEach(async () => {
    seen = [];
    answer = () => ({ status: 204 });
    server = createServer(({ method, url, headers }, response) => {
      const [, word = ""] = headers.authorization?.split(" ") ?? [];
      const one = { method, url, login: Buffer.from(word, "base64").toString() };
      seen.push(one);
      const { status, body } = answer(one);
      response.writeHead(status, { location: "/elsewhere" });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const api = (path = "") => managementApi(`http://us%3Aer:p%40ss@${base}${path}`);
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => "done",
      (error: { code?: string; message: string }) => {
        expect(error.message).to.not.contain("p@ss");
        return error.code;
      },
    );

  it("names the user at RabbitMQ, the client at EMQX, escaped and with the operator's login", async () => {
    await rabbitmqCutter(api("/broker/")).cut(client);
    await emqxCutter(api()).cut(client);
    expect(seen).to.deep.equal([
      {
        method: "DELETE",
        url: "/broker/api/connections/username/0xab",
        login: "us:er:p@ss",
      },
      { method: "DELETE", url: "/api/v5/clients/0xab%2Fphone%201", login: "us:er:p@ss" },
    ]);
  });

  it("takes a session that is gone for cut, and nothing else", async () => {
    for (const [status, found] of [
      [404, "done"],
      [401, "BROKER_MANAGEMENT"],
      [500, "BROKER_MANAGEMENT"],
      [302, "BROKER_MANAGEMENT"],
    ] as const) {
      answer = () => ({ status });
      expect(await codeOf(emqxCutter(api()).cut(client)), String(status)).to.equal(found);
    }
  });

  it("fails when nobody answers", async () => {
    const nobody = managementApi("http://u:p@127.0.0.1:9");
    expect(await codeOf(rabbitmqCutter(nobody).cut(client))).to.equal("BROKER_MANAGEMENT");
  });

  it("lists who is connected at RabbitMQ by name, each once", async () => {
    answer = () => ({ status: 200, body: [{ user: "a" }, { user: "a" }, {}, { user: "b" }] });
    const found = await rabbitmqCutter(api()).connected();
    expect(found.map(({ username }) => username)).to.deep.equal(["a", "b"]);
  });

  it("lists who is connected at EMQX page by page", async () => {
    answer = ({ url }) => {
      const page = Number(new URL(`http://x${url}`).searchParams.get("page"));
      const data = [{ clientid: `c${page}`, username: page === 2 ? null : "u" }];
      return { status: 200, body: { data, meta: { page, hasnext: page < 3 } } };
    };
    expect(await emqxCutter(api()).connected()).to.deep.equal([
      { clientId: "c1", username: "u" },
      { clientId: "c2", username: "" },
      { clientId: "c3", username: "u" },
    ]);
  });
});
