import { FieldsealError } from "@fieldseal/sdk";
import { expect } from "chai";
import { computeAddress } from "ethers";
import { connectChain } from "../../oracle/src/chain/connect.ts";
import { readAddressBook, writeAddressBook } from "../../scripts/deploy/address-book.ts";
import { type Deployment, deployFieldseal } from "../../scripts/deploy/deploy-fieldseal.ts";
import { openLog } from "../../scripts/deploy/open-log.ts";
import { startAnvil, startHardhatNode, type TestChain, testKey } from "../support/chain.ts";
import { temporaryFolder, testCommon } from "../support/service.ts";

const signerKey = testKey(0);
const account = computeAddress(signerKey);

const codeOf = (error: unknown) => (error instanceof FieldsealError ? error.code : error);

const clients = [
  ["anvil", () => startAnvil()],
  ["Hardhat's node", () => startHardhatNode()],
] as const;

for (const [name, start] of clients) {
  describe(`deployFieldseal on ${name}`, () => {
    let node: TestChain;
    let folder: ReturnType<typeof temporaryFolder>;
    let deployment: Deployment;

    const deployAgain = () =>
      deployFieldseal({ rpcUrl: node.url, signerKey, folder: folder.path, p256Route: 0 });

    before(async () => {
      node = await start();
      folder = temporaryFolder();
      deployment = await deployAgain();
    });
    after(async () => {
      await node.stop();
      folder.remove();
    });

    it("deploys a registry and a log that know each other", async () => {
      const registry = deployment.deviceRegistry.address;
      const log = deployment.readingLog.address;
      const logId = await openLog({
        rpcUrl: node.url,
        signerKey,
        readingLog: log,
        operators: [account, computeAddress(testKey(1)), computeAddress(testKey(2))],
        threshold: 2,
        restricted: false,
      });
      const grants = deployment.accessGrants.address;
      const chain = await connectChain({
        common: testCommon(),
        random: () => 0.5,
        rpcUrl: node.url,
        registry,
        grants,
        log,
        logId,
      });
      chain.close();
      expect(chain.local).to.equal(true);
      expect(chain.identity).to.deep.include({ chainId: 31337n, registry, log, logId });
    });

    it("tells the block from which events are to be read", async () => {
      const { deviceRegistry, readingLog, deployBlock } = deployment;
      for (const { address, block } of [deviceRegistry, readingLog]) {
        const here = await node.rpc("eth_getCode", address, `0x${block.toString(16)}`);
        const before = await node.rpc("eth_getCode", address, `0x${(block - 1).toString(16)}`);
        expect(here).not.to.equal("0x");
        expect(before).to.equal("0x");
        expect(deployBlock).to.be.at.most(block);
      }
    });

    it("finds what is deployed and sends nothing when it runs again", async () => {
      const before = await node.rpc("eth_getTransactionCount", account, "latest");
      expect(await deployAgain()).to.deep.equal(deployment);
      expect(await node.rpc("eth_getTransactionCount", account, "latest")).to.equal(before);
    });

    it("refuses a folder that tells of another chain's contracts", async () => {
      const fresh = await start();
      const error = await deployFieldseal({
        rpcUrl: fresh.url,
        signerKey,
        folder: folder.path,
        p256Route: 0,
      }).catch(codeOf);
      await fresh.stop();
      expect(error).to.equal("DEPLOY_FAILED");
    });

    it("enters the addresses in a book, one chain beside the other", () => {
      const book = `${folder.path}/book/addresses.json`;
      writeAddressBook(book, deployment);
      writeAddressBook(book, { ...deployment, chainId: 5n });
      const { address, block } = deployment.readingLog;
      const entry = { address, block, deployer: account.toLowerCase() };
      expect(Object.keys(readAddressBook(book))).to.deep.equal(["5", "31337"]);
      expect(readAddressBook(book)["31337"]).to.deep.include({ ReadingLog: entry });
    });
  });
}

describe("deployFieldseal on a public chain", () => {
  let node: TestChain;
  let folder: ReturnType<typeof temporaryFolder>;

  before(async () => {
    node = await startAnvil(["--chain-id", "11155111"]);
    folder = temporaryFolder();
  });
  after(async () => {
    await node.stop();
    folder.remove();
  });

  const attempt = (key: string, expectedChainId = 11155111n) =>
    deployFieldseal({
      rpcUrl: node.url,
      signerKey: key,
      folder: folder.path,
      p256Route: 0,
      expectedChainId,
    }).catch(codeOf);

  it("refuses the keys that everybody knows", async () => {
    expect(await attempt(testKey(0))).to.equal("TEST_KEY_ON_PUBLIC_CHAIN");
    expect(await attempt(testKey(19))).to.equal("TEST_KEY_ON_PUBLIC_CHAIN");
    const operators = [account];
    const readingLog = `0x${"11".repeat(20)}`;
    const restricted = true;
    const options = {
      rpcUrl: node.url,
      signerKey,
      readingLog,
      operators,
      threshold: 1,
      restricted,
    };
    expect(await openLog(options).catch(codeOf)).to.equal("TEST_KEY_ON_PUBLIC_CHAIN");
  });

  it("refuses another chain than the one named", async () => {
    expect(await attempt(`0x${"42".repeat(32)}`, 84532n)).to.equal("CHAIN_WRONG_ID");
  });

  it("refuses what is no private key", async () => {
    for (const key of ["", "0x12", `0x${"00".repeat(32)}`, `0x${"ff".repeat(32)}`]) {
      expect(await attempt(key)).to.equal("KEY_INVALID");
    }
  });
});
