import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { join } from "node:path";
import { deviceIdOf, generateKey } from "@fieldseal/sdk";
import { Aedes } from "aedes";
import { expect } from "chai";
import { writeKeyFile } from "../../../oracle/src/cli/files/key-file.ts";
import { temporaryFolder } from "../../support/service.ts";
import { runCliHere } from "./fixture.ts";

type Door = { readonly name: string; readonly state: string };

const info = {
  chainId: 31337,
  registry: "0x00000000000000000000000000000000000000aa",
  accessGrants: "0x00000000000000000000000000000000000000cc",
  log: "0x00000000000000000000000000000000000000bb",
  logId: "1",
  domain: `0x${"11".repeat(32)}`,
  committee: { operators: [] },
  broker: {
    url: null,
    topicPrefix: "fieldseal/1",
    authority: "fieldseal",
    audience: "somebody",
    login: "token",
  },
};

describe("fieldseal doctor broker", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let service: Server;
  let broker: Aedes;
  let listener: TcpServer;

  const portOf = (server: Server | TcpServer) => (server.address() as AddressInfo).port;
  const keyFile = (name: string) => {
    const { secret, publicKey } = generateKey(2);
    const path = join(folder.path, name);
    writeKeyFile(path, { device: deviceIdOf(publicKey), keyIndex: 0, keyType: 2, secret });
    return path;
  };
  const run = async (...more: string[]) => {
    const url = `http://127.0.0.1:${portOf(service)}`;
    const mqtt = `mqtt://127.0.0.1:${portOf(listener)}`;
    const args = ["doctor", "broker", "--url", url, "--mqtt", mqtt, "--wait", "100", ...more];
    return runCliHere(args, folder.path);
  };
  const doorsOf = (out: string) => (JSON.parse(out) as { doors: Door[] }).doors;

  beforeEach(async () => {
    folder = temporaryFolder();
    service = createServer((_request, response) => response.end(JSON.stringify(info)));
    broker = await Aedes.createBroker();
    listener = createTcpServer(broker.handle);
    for (const server of [service, listener]) {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    }
  });
  afterEach(async () => {
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    for (const server of [service, listener]) {
      await new Promise((resolve) => server.close(resolve));
    }
    folder.remove();
  });

  it("finds every door open at a broker that lets everybody in, and ends with 1", async () => {
    const keys = ["--key", keyFile("a.json"), "--other-key", keyFile("b.json")];
    const { code, out } = await run(...keys, "--json");
    expect(code).to.equal(1);
    expect(JSON.parse(out)).to.include({ code: "DOOR_OPEN" });
    const shut = doorsOf(out).filter(({ state }) => state !== "OPEN");
    // Without an oracle nobody answers what was published on another's `up`: the witness cannot see it.
    expect(shut.map(({ name }) => name)).to.deep.equal(["publish on another's up"]);
  });

  it("finds what a broker that only asks for a name leaves open", async () => {
    broker.authenticate = (_client, username, _password, done) => done(null, Boolean(username));
    const { code, out } = await run("--json");
    expect(code).to.equal(1);
    const states = new Map(doorsOf(out).map(({ name, state }) => [name, state]));
    expect(states.get("login without a name")).to.equal("shut");
    expect(states.get("login with a token of alg none")).to.equal("OPEN");
  });

  it("says what it did not try, in aligned lines, and ends with 0 when all is shut", async () => {
    broker.authenticate = (_client, _username, _password, done) => done(null, false);
    const { code, out } = await run();
    expect(code).to.equal(0);
    expect(out).to.match(/^shut {2}login without a name +refused$/m);
    expect(out).to.match(/^skip {2}topics of others +needs --key$/m);
  });

  it("cannot say where an acknowledged message went without a witness", async () => {
    broker.authorizePublish = (_client, packet, done) => {
      done(packet.topic.includes("/command") ? new Error("no") : null);
    };
    const { out } = await run("--key", keyFile("a.json"), "--json");
    const states = new Map(doorsOf(out).map(({ name, state }) => [name, state]));
    expect(states.get("publish on another's up")).to.equal("unclear");
    expect(states.get("publish on another's command")).to.equal("shut");
  });

  it("names a broker that does not answer", async () => {
    const { code, err } = await run("--mqtt", "mqtt://127.0.0.1:9");
    expect(code).to.equal(1);
    expect(err).to.match(/^BROKER_UNREACHABLE/);
  });
});
