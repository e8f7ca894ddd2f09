import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ProofFile, signMessage } from "@fieldseal/sdk";
import { expect } from "chai";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import type { PageAnswer } from "../support/browser-page.ts";
import { startAnvil, startHardhatNode, type TestChain } from "../support/chain.ts";
import { startChromium } from "../support/chromium.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { type RunningOracle, runOracle } from "../support/running-oracle.ts";
import { temporaryFolder } from "../support/service.ts";

async function bundledPage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../support/browser-page.ts", import.meta.url))],
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

async function serve(script: string): Promise<Server> {
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : '<!doctype html><script src="/page.js"></script>');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** The same digits but for one in the middle. */
function altered(text: `0x${string}`): `0x${string}` {
  const at = Math.floor(text.length / 2);
  return `${text.slice(0, at)}${text[at] === "0" ? "1" : "0"}${text.slice(at + 1)}` as `0x${string}`;
}

for (const [client, start] of [
  ["Hardhat's node", startHardhatNode],
  ["anvil", startAnvil],
] as const) {
  describe(`a proof in a browser, beside ${client}`, function () {
    this.timeout(120_000);
    const folder = temporaryFolder();
    let node: TestChain;
    let deployment: TestDeployment;
    let oracle: RunningOracle;
    let server: Server;
    let browser: Browser;
    let page: Page;
    const proofs: ProofFile[] = [];

    before(async () => {
      browser = await startChromium();
      node = await start();
      deployment = await deployOn(node);
      const owner = deployment.owner(2);
      const devices = [
        await owner.enrol(2, deployment.logId),
        await owner.enrol(1, deployment.logId),
      ];
      await node.mine(3);
      oracle = await runOracle(deployment, join(folder.path, "oracle"));
      for (const { id, signer } of devices) {
        const { bytes, message } = await signMessage({
          signer,
          device: id,
          keyIndex: 0,
          sequence: 1n << 32n,
          domain: deployment.domain,
          readings: [
            { name: "temperature", unit: "Cel", value: 21.5 },
            { name: "humidity", unit: "%RH", value: 40 },
          ],
          salt: new Uint8Array(16).fill(7),
        });
        const { status } = await oracle.client.post(bytes);
        expect(status).to.equal(200);
        proofs.push(await oracle.client.proof(message));
      }
      server = await serve(await bundledPage());
      page = await browser.newPage();
      const { port } = server.address() as AddressInfo;
      await page.goto(`http://127.0.0.1:${port}/`);
    });
    after(async () => {
      await browser?.close();
      server?.close();
      await oracle?.stop();
      deployment?.provider.destroy();
      await node?.stop();
      folder.remove();
    });

    const inPage = (proof: ProofFile, rpc?: string): Promise<PageAnswer> => {
      const { registry, log } = deployment;
      const question = { proof: JSON.stringify(proof), registry, log };
      return page.evaluate(
        (asked) => globalThis.verifyInPage(asked),
        rpc === undefined ? question : { ...question, rpc },
      );
    };

    it("is checked offline, the device's signature included, for both key types", async () => {
      for (const proof of proofs) {
        expect(await inPage(proof)).to.deep.equal({ valid: true, value: "21500000000000000000" });
      }
    });

    it("is verified by one call of the chain, for both key types", async () => {
      for (const proof of proofs) {
        expect(await inPage(proof, node.url)).to.deep.equal({
          valid: true,
          value: "21500000000000000000",
        });
      }
    });

    it("is refused once a part of it is altered, and the part is named", async () => {
      const [proof] = proofs as [ProofFile];
      const { reading, message, checkpoint } = proof;
      const cases: readonly (readonly [string, ProofFile])[] = [
        ["PROOF_READING", { ...proof, reading: { ...reading, value: "21600000000000000000" } }],
        [
          "PROOF_SIGNATURE",
          { ...proof, message: { ...message, signature: altered(message.signature) } },
        ],
        ["PROOF_CHECKPOINT", { ...proof, checkpoint: { ...checkpoint, sealedAt: "1" } }],
      ];
      for (const [code, tampered] of cases) {
        expect(await inPage(tampered, node.url)).to.deep.equal({ code });
      }
    });
  });
}
