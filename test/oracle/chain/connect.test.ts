import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { connectChain } from "../../../oracle/src/chain/connect.ts";
import { jsonRpc } from "../../../oracle/src/chain/json-rpc.ts";
import { startRpcProxy } from "../../support/rpc-proxy.ts";
import { testCommon } from "../../support/service.ts";
import { type DeployedChain, deployedChain } from "./fixture.ts";

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "connected",
    (error: { code?: unknown }) => error.code,
  );

describe("connectChain", () => {
  let deployed: DeployedChain;
  before(async () => {
    deployed = await deployedChain();
  });
  after(() => deployed.stop());

  const attempt = (change: Partial<Parameters<typeof connectChain>[0]>) => {
    const { registry, grants, log, logId } = deployed.chain.identity;
    const given = {
      common: testCommon(),
      random: () => 0.5,
      rpcUrl: deployed.node.url,
      registry,
      grants,
      log,
      logId,
    };
    const work = connectChain({ ...given, ...change });
    return codeOf(work.then((chain) => chain.close()));
  };

  it("identifies the chain by its id and its genesis block", async () => {
    const { chain, deployment } = deployed;
    const genesis = await deployed.node.rpc("eth_getBlockByNumber", "0x0", false);
    expect(chain.identity).to.deep.equal({
      chainId: 31337n,
      genesisHash: (genesis as { hash: string }).hash,
      registry: deployment.deviceRegistry.address,
      grants: deployment.accessGrants.address,
      log: deployment.readingLog.address,
      logId: 1n,
    });
  });

  it("refuses another chain than the one expected", async () => {
    expect(await attempt({ expectedChainId: 1n })).to.equal("CHAIN_WRONG_ID");
  });

  it("refuses addresses without a contract, and other contracts", async () => {
    const { registry, log } = deployed.chain.identity;
    const empty = `0x${"12".repeat(20)}`;
    expect(await attempt({ registry: empty })).to.equal("CONTRACT_MISSING");
    expect(await attempt({ grants: empty })).to.equal("CONTRACT_MISSING");
    expect(await attempt({ log: empty })).to.equal("CONTRACT_MISSING");
    expect(await attempt({ log: "somewhere" })).to.equal("CONTRACT_MISSING");
    expect(await attempt({ registry: log, log: registry })).to.equal("CONTRACT_MISSING");
  });

  it("refuses a log of another registry", async () => {
    const log = deployed.deployment.readingLog.address;
    const code = await deployed.node.rpc(
      "eth_getCode",
      deployed.deployment.deviceRegistry.address,
      "latest",
    );
    const copy = `0x${"34".repeat(20)}`;
    await deployed.node.rpc("anvil_setCode", copy, code);
    expect(await attempt({ registry: copy, log })).to.equal("CONTRACT_MISSING");
  });

  it("refuses a log that nobody opened", async () => {
    expect(await attempt({ logId: 99n })).to.equal("LOG_UNKNOWN");
  });

  it("refuses what is no http URL", async () => {
    expect(await attempt({ rpcUrl: "ws://127.0.0.1:1" })).to.equal("CHAIN_URL");
    expect(await attempt({ rpcUrl: "localhost" })).to.equal("CHAIN_URL");
  });

  it("takes the endpoints that answer, and refuses a list that leads to two chains", async () => {
    const dead = "http://127.0.0.1:1";
    const { url } = deployed.node;
    expect(await attempt({ rpcUrl: `${dead}, ${url}` })).to.equal("connected");
    expect(await attempt({ rpcUrl: `${url},${dead},` })).to.equal("connected");
    expect(await attempt({ rpcUrl: `${dead},${dead}` })).to.equal("CHAIN_UNREACHABLE");
    expect(await attempt({ rpcUrl: `${url},no url` })).to.equal("CHAIN_URL");
    expect(await attempt({ rpcUrl: " , " })).to.equal("CHAIN_URL");
    const other = await startRpcProxy(url);
    other.rewrite = (method, result) => (method === "eth_chainId" ? "0x5" : result);
    expect(await attempt({ rpcUrl: `${url},${other.url}` })).to.equal("CHAIN_WRONG_ID");
    other.rewrite = (method, result, [tag]) =>
      method === "eth_getBlockByNumber" && tag === "0x0"
        ? { ...(result as object), hash: `0x${"00".repeat(32)}` }
        : result;
    expect(await attempt({ rpcUrl: `${url},${other.url}` })).to.equal("CHAIN_WRONG_ID");
    await other.stop();
  });

  it("says that nobody answers, without the URL's path, which may hold a provider's key", async () => {
    const work = connectChain({
      common: testCommon(),
      random: () => 0.5,
      rpcUrl: "http://127.0.0.1:1/v3/provider-key",
      registry: "0x",
      grants: "0x",
      log: "0x",
      logId: 1n,
    });
    const error = await work.catch((failure: Error) => failure);
    expect(error).to.include({ code: "CHAIN_UNREACHABLE" });
    expect((error as Error).message)
      .to.match(/cannot be reached/)
      .and.not.contain("provider-key");
  });
});

describe("jsonRpc", () => {
  let server: Server;
  let url: string;
  let answer: { status: number; body: string };
  let authorization: string | undefined;

  before(async () => {
    server = createServer((request, response) => {
      authorization = request.headers.authorization;
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(answer.body);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => new Promise((done) => server.close(done)));

  it("takes the error from the body whatever the HTTP status says", async () => {
    const data = { originalError: { data: "ignored" }, data: "0x1234" };
    answer = { status: 400, body: JSON.stringify({ error: { code: 3, message: "no", data } }) };
    const error = await jsonRpc(url)
      .request("eth_call")
      .catch((failure: unknown) => failure);
    expect(error).to.include({ code: "CHAIN_RPC", message: "eth_call: no" });
    expect(error).to.have.deep.property("details", {
      method: "eth_call",
      rpcCode: 3,
      data: "0x1234",
    });
  });

  it("takes a page that is no JSON for an unreachable chain", async () => {
    answer = { status: 502, body: "<html>Bad Gateway</html>" };
    expect(await codeOf(jsonRpc(url).request("eth_chainId"))).to.equal("CHAIN_UNREACHABLE");
  });

  it("takes a refusal of the endpoint for an unreachable chain, whatever the body says", async () => {
    const body = JSON.stringify({ error: { code: -32_005, message: "daily limit" } });
    for (const status of [401, 403, 429, 502, 503, 504]) {
      answer = { status, body };
      expect(await codeOf(jsonRpc(url).request("eth_chainId"))).to.equal("CHAIN_UNREACHABLE");
    }
  });

  it("takes no answer that belongs to another request", async () => {
    const rpc = jsonRpc(url);
    answer = { status: 200, body: JSON.stringify({ id: 7, result: "0x1" }) };
    expect(await codeOf(rpc.request("eth_chainId"))).to.equal("CHAIN_UNREACHABLE");
    answer = { status: 200, body: JSON.stringify({ id: "2", result: "0x1" }) };
    expect(await rpc.request("eth_chainId")).to.equal("0x1");
  });

  it("does not read an answer without end", async () => {
    answer = { status: 200, body: JSON.stringify({ result: "ab".repeat(1_000) }) };
    const work = jsonRpc(url, { maxBytes: 1_000 }).request("eth_chainId");
    expect(await codeOf(work)).to.equal("CHAIN_UNREACHABLE");
    expect(await codeOf(jsonRpc(url).request("eth_chainId"))).to.equal("connected");
  });

  it("shows user and password of a URL to the endpoint and to nobody else", async () => {
    answer = { status: 200, body: JSON.stringify({ result: "0x1" }) };
    const rpc = jsonRpc(url.replace("//", "//user:pass%20word@"));
    await rpc.request("eth_chainId");
    expect(authorization).to.equal(`Basic ${Buffer.from("user:pass word").toString("base64")}`);
    expect(rpc.place).to.equal(url);
    const refused = jsonRpc("http://user:secret@127.0.0.1:1/").request("eth_chainId");
    const error = await refused.catch((failure: Error) => failure);
    expect(JSON.stringify([(error as Error).message, error])).to.not.contain("secret");
  });
});
