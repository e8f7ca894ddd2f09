import { FieldsealError } from "@fieldseal/sdk";
import { expect } from "chai";
import { jsonRpc, type Rpc } from "../../oracle/src/chain/json-rpc.ts";
import { readArtifact } from "../../scripts/deploy/artifacts.ts";
import { type Probe, probeChain, probeTable } from "../../scripts/deploy/probe.ts";
import { iotexRoute, standardRoute } from "../../scripts/deploy/probe-p256.ts";
import { startAnvil, startHardhatNode, type TestChain } from "../support/chain.ts";

const rich = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const standardPrecompile = "0x0000000000000000000000000000000000000100";
const iotexPrecompile = "0x0000000000000000000000000000000000008001";

const lineOf = (probe: Probe, check: string) =>
  probe.findings.find((finding) => finding.check === check);

describe("probeChain", () => {
  describe("on a chain with the P-256 precompile", () => {
    let node: TestChain;
    before(async () => {
      node = await startHardhatNode("osaka");
    });
    after(() => node.stop());

    it("finds nothing to refuse", async () => {
      const probe = await probeChain({ rpc: jsonRpc(node.url), deployer: rich });
      expect(probe).to.include({ ok: true, p256Route: standardRoute, chainId: 31337n });
      expect(lineOf(probe, "P-256 at 0x100")).to.include({ result: "precompile", verdict: "ok" });
      expect(lineOf(probe, "calldata")?.result).to.equal("40 gas a byte");
    });

    it("refuses another chain id than the network's", async () => {
      const probe = await probeChain({ rpc: jsonRpc(node.url), expectedChainId: 11155111n });
      expect(probe.ok).to.equal(false);
      expect(lineOf(probe, "chain id")).to.include({ result: "31337, not 11155111" });
    });

    it("refuses an account that cannot pay", async () => {
      const rpc = jsonRpc(node.url);
      const probe = await probeChain({ rpc, deployer: `0x${"77".repeat(20)}`, currency: "IOTX" });
      expect(probe.ok).to.equal(false);
      expect(lineOf(probe, "balance")?.result).to.match(/^0\.0 IOTX, at most [\d.]+ needed$/);
    });

    const senders = [
      [
        "without eth_sendRawTransaction",
        "the method eth_sendRawTransaction does not exist",
        -32601,
      ],
      ["that takes transactions of another format", "failed to decode VeChain transaction", -32000],
    ] as const;
    for (const [what, message, rpcCode] of senders) {
      it(`refuses a client ${what}`, async () => {
        const rpc = jsonRpc(node.url);
        const thor: Rpc = {
          ...rpc,
          async request(method, params) {
            if (method !== "eth_sendRawTransaction") return rpc.request(method, params);
            throw new FieldsealError("CHAIN_RPC", `${method}: ${message}`, { rpcCode });
          },
        };
        const probe = await probeChain({ rpc: thor });
        expect(lineOf(probe, "raw transactions")).to.include({ verdict: "refused" });
      });
    }

    it("sends nothing", async () => {
      const before = await node.rpc("eth_blockNumber");
      await probeChain({ rpc: jsonRpc(node.url), deployer: rich });
      expect(await node.rpc("eth_blockNumber")).to.equal(before);
    });

    it("prints aligned lines", async () => {
      const { findings } = await probeChain({ rpc: jsonRpc(node.url) });
      const lines = probeTable(findings).split("\n");
      expect(new Set(lines.map((line) => line.indexOf("  ok  "))).size).to.equal(1);
    });
  });

  describe("on a chain without the P-256 precompile", () => {
    let node: TestChain;
    let rpc: Rpc;
    before(async () => {
      node = await startAnvil([], "cancun");
      rpc = jsonRpc(node.url);
    });
    after(() => node.stop());
    afterEach(async () => {
      await node.rpc("anvil_setCode", standardPrecompile, "0x");
      await node.rpc("anvil_setCode", iotexPrecompile, "0x");
    });

    it("says that P-256 will be checked by Solidity", async () => {
      const probe = await probeChain({ rpc });
      expect(probe).to.include({ ok: true, p256Route: standardRoute });
      expect(lineOf(probe, "P-256 at 0x100")?.result).to.match(/^absent/);
    });

    it("refuses code at 0x100 that accepts every signature", async () => {
      await node.rpc("anvil_setCode", standardPrecompile, "0x600160005260206000f3");
      const probe = await probeChain({ rpc });
      expect(probe.ok).to.equal(false);
      expect(lineOf(probe, "P-256 at 0x100")?.result).to.equal("accepts a false signature");
    });

    it("refuses code at 0x100 that fails, and code that answers anything but yes or no", async () => {
      for (const code of ["0xfe", "0x60006000fd", "0x600260005260206000f3"]) {
        await node.rpc("anvil_setCode", standardPrecompile, code);
        const probe = await probeChain({ rpc });
        expect(lineOf(probe, "P-256 at 0x100"), code).to.include({ verdict: "refused" });
      }
    });

    it("takes IoTeX's precompile where it is honest", async () => {
      const { deployedBytecode } = await readArtifact("IotexP256Emulation");
      await node.rpc("anvil_setCode", iotexPrecompile, deployedBytecode);
      const probe = await probeChain({ rpc });
      expect(probe).to.include({ ok: true, p256Route: iotexRoute });
      expect(lineOf(probe, "P-256 at 0x8001")).to.include({ verdict: "ok" });
    });

    it("refuses an IoTeX precompile that accepts every signature", async () => {
      // PUSH1 1, PUSH1 0, MSTORE8, RETURN(0, 1)
      await node.rpc("anvil_setCode", iotexPrecompile, "0x600160005360016000f3");
      const probe = await probeChain({ rpc });
      expect(probe.ok).to.equal(false);
      expect(lineOf(probe, "P-256 at 0x8001")?.result).to.equal("accepts a false signature");
    });
  });

  it("refuses a chain that lacks the opcodes of cancun", async () => {
    const node = await startAnvil([], "london");
    const probe = await probeChain({ rpc: jsonRpc(node.url) });
    await node.stop();
    const refused = probe.findings.filter(({ verdict }) => verdict === "refused");
    expect(refused.map(({ check }) => check)).to.include.members([
      "opcode PUSH0",
      "opcode MCOPY",
      "opcode TLOAD",
    ]);
  });

  it("says which place cannot be reached", async () => {
    const error = await probeChain({ rpc: jsonRpc("http://127.0.0.1:1/secret-path") }).catch(
      (e: unknown) => e,
    );
    expect(error).to.have.property("code", "CHAIN_UNREACHABLE");
    expect(error).to.have.property("message").that.does.not.contain("secret-path");
  });
});
