import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type DeviceId, deviceRegistryAbi, hex, messageDomain } from "@fieldseal/sdk";
import { type PeerDirectory, registryPeers } from "@fieldseal/sdk/node";
import { expect } from "chai";
import { Interface } from "ethers";
import { manualClock } from "../../support/service.ts";
import { refusalOf } from "../support.ts";

const abi = new Interface(deviceRegistryAbi);
const registry = `0x${"aa".repeat(20)}`;
const domain = messageDomain(31337n, registry);
const device: DeviceId = `0x${"d1".repeat(20)}`;
const [active, suspended] = [1, 2];

type Question = { readonly method: string; readonly params: readonly [{ readonly data: string }] };

/** Answers as a node whose chain has one device. */
function answerOf({ method, params }: Question, block: unknown, status: number): unknown {
  if (method === "eth_getBlockByNumber") return { number: block, timestamp: "0x1" };
  const name = abi.parseTransaction(params[0])?.name ?? "";
  const fields = abi.getFunction("device")?.outputs[0]?.components ?? [];
  const answers: Readonly<Record<string, unknown>> = {
    messageDomain: hex(domain),
    keyIdOf: device,
    device: fields.map((field) => {
      if (field.name === "status") return status;
      return field.type === "address" ? registry : 0n;
    }),
  };
  return abi.encodeFunctionResult(name, [answers[name]]);
}

describe("the directory of peers over a node", () => {
  const clock = manualClock();
  let server: Server;
  let directory: PeerDirectory;
  let block: unknown;
  let status: number;

  beforeEach(async () => {
    [block, status] = ["0x10", active];
    server = createServer(async (request, response) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const question = JSON.parse(Buffer.concat(chunks).toString()) as Question;
      response.end(
        JSON.stringify({ jsonrpc: "2.0", id: 1, result: answerOf(question, block, status) }),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const rpcUrl = `http://127.0.0.1:${port}`;
    directory = registryPeers({ rpcUrl, registry, domain, clock, maxAgeMs: 60_000 });
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const statusNow = async () => {
    clock.advance(5000);
    return (await directory.lookup(device)).status;
  };

  it("believes no node that is behind what was final before: what fell stays fallen", async () => {
    expect(await statusNow()).to.equal("active");
    [block, status] = ["0x12", suspended];
    expect(await statusNow()).to.equal("suspended");
    [block, status] = ["0x11", active];
    expect(await statusNow()).to.equal("suspended");
    clock.advance(60_000);
    expect(await refusalOf(directory.lookup(device))).to.equal("PEER_DIRECTORY");
    [block, status] = ["0x12", suspended];
    expect(await statusNow()).to.equal("suspended");
    [block, status] = ["0x13", active];
    expect(await statusNow()).to.equal("active");
  });

  it("asks again for what it does not know, and for what it knew before its clock was set back", async () => {
    status = 0;
    expect((await directory.lookup(device)).status).to.equal("unknown");
    status = active;
    expect((await directory.lookup(device)).status).to.equal("active");
    status = suspended;
    expect((await directory.lookup(device)).status).to.equal("active");
    clock.advance(-3_600_000);
    expect((await directory.lookup(device)).status).to.equal("suspended");
  });

  it("takes no block without a number for the chain's", async () => {
    for (const odd of [null, "", "0x", "latest", 16, `0x${"f".repeat(17)}`]) {
      block = odd;
      expect(await refusalOf(directory.lookup(device)), String(odd)).to.equal("PEER_DIRECTORY");
    }
  });
});
