import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  commanderAddress,
  commandId,
  decodeCommandEnvelope,
  encodeSignedStatement,
  hex,
  permissions,
} from "@fieldseal/sdk";
import { fetchStatement, sendCommand } from "@fieldseal/sdk/node";
import { expect } from "chai";
import { refusalOf } from "../support.ts";
import { grants, type LockBench, lock, lockBench, person } from "./support.ts";

describe("who sends a command", () => {
  let bench: LockBench;
  let oracleUrl: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const server = createServer((request, response) => answer(request, response));

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    oracleUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    bench = lockBench();
  });

  const ask = (url = oracleUrl) =>
    fetchStatement({
      oracleUrl: url,
      device: lock,
      commander: commanderAddress(person()),
      permission: permissions.COMMAND,
    });

  it("asks the oracle for the statement, and publishes on the device's command topic", async () => {
    const guest = person();
    const asked: string[] = [];
    answer = (request, response) => {
      asked.push(`${request.url} ${request.headers.authorization} ${request.headers.accept}`);
      response.end(encodeSignedStatement(bench.sign(bench.statement(guest))));
    };
    const published: unknown[] = [];
    let bytes = new Uint8Array();
    const envelope = await sendCommand({
      commander: guest,
      device: lock,
      name: "unlock",
      args: { say: "welcome" },
      permission: permissions.COMMAND,
      domain: grants,
      oracleUrl,
      headers: { authorization: "Bearer mine" },
      clock: bench.clock,
      fresh: { nonce: 7n },
      mqtt: {
        async publish(topic, payload, options) {
          published.push(topic, options);
          bytes = Uint8Array.from(payload);
        },
      },
    });
    const query = `device=${lock}&commander=${commanderAddress(guest)}&permission=2`;
    expect(asked).to.deep.equal([`/v1/statements?${query} Bearer mine application/cbor`]);
    const options = { qos: 1, retain: false };
    expect(published).to.deep.equal([`fieldseal/1/${lock}/command`, options]);
    expect(commandId(decodeCommandEnvelope(bytes))).to.deep.equal(commandId(envelope));
    expect(await bench.answer(envelope)).to.equal("welcome");
  });

  it("answers the challenge of a device without a clock", async () => {
    bench = lockBench({ freshness: "challenge" });
    const owner = person();
    const challenge = bench.receiver.challenge() ?? "";
    answer = (request, response) => {
      const asked = new URL(request.url ?? "", oracleUrl).searchParams.get("challenge") ?? "";
      const statement = bench.statement(owner, { challenge: BigInt(asked) });
      response.end(encodeSignedStatement(bench.sign(statement)));
    };
    const envelope = await sendCommand({
      commander: owner,
      device: lock,
      name: "unlock",
      args: {},
      permission: permissions.COMMAND,
      domain: grants,
      oracleUrl,
      clock: bench.clock,
      fresh: { challenge },
      mqtt: { publish: async () => {} },
    });
    expect(await bench.answer(envelope)).to.equal("done");
    expect(hex(commandId(envelope))).to.have.length(66);
  });

  it("is told when the oracle refuses, answers something else, or is away", async () => {
    answer = (_request, response) => response.writeHead(403).end('{"code":"GRANT_MISSING"}');
    expect(await refusalOf(ask())).to.equal("STATEMENT_FETCH");
    answer = (_request, response) => response.end('{"statement":{}}');
    expect(await refusalOf(ask())).to.equal("STATEMENT_FORMAT");
    answer = (_request, response) => response.end(new Uint8Array(70_000));
    expect(await refusalOf(ask())).to.equal("STATEMENT_FETCH");
    answer = (_request, response) => response.destroy();
    expect(await refusalOf(ask())).to.equal("STATEMENT_FETCH");
    expect(await refusalOf(ask("http://127.0.0.1:1"))).to.equal("STATEMENT_FETCH");
  });
});
