import { join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import { expect } from "chai";
import { startAnvil, type TestChain, testKey } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { runOracle } from "../support/running-oracle.ts";
import { temporaryFolder } from "../support/service.ts";

describe("an oracle that is set up wrongly", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let node: TestChain;
  let deployment: TestDeployment;

  before(async () => {
    node = await startAnvil();
    deployment = await deployOn(node);
  });
  after(async () => {
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  async function refusal(settings: Record<string, string>): Promise<FieldsealError> {
    const started = runOracle(deployment, join(folder.path, "oracle"), settings);
    const error = await started.then(
      async (oracle) => {
        await oracle.stop();
        return undefined;
      },
      (reason: unknown) => reason,
    );
    if (error instanceof FieldsealError) return error;
    throw new Error(`expected a refusal, got ${String(error)}`);
  }

  it("names the key that is not in the log's committee", async () => {
    const { code, message } = await refusal({ FIELDSEAL_OPERATOR_KEY: testKey(7) });
    expect(code).to.equal("OPERATOR_NOT_MEMBER");
    expect(message).to.contain("0x14dc79964da2c08b23698b3d3cc7ca32193d9955");
  });

  it("says that the log does not exist", async () => {
    expect(await refusal({ FIELDSEAL_LOG_ID: "77" })).to.have.property("code", "LOG_UNKNOWN");
  });

  it("says that no contract is where it should be", async () => {
    const { code } = await refusal({ FIELDSEAL_REGISTRY: `0x${"12".repeat(20)}` });
    expect(code).to.equal("CONTRACT_MISSING");
  });

  it("says that nobody answers at the chain's address", async () => {
    const { code } = await refusal({ FIELDSEAL_RPC: "http://127.0.0.1:9" });
    expect(code).to.equal("CHAIN_UNREACHABLE");
  });

  it("names the port that is taken, and leaves nothing behind that hinders the next start", async () => {
    const first = await runOracle(deployment, join(folder.path, "first"));
    const port = new URL(first.http).port;
    const { code, message } = await refusal({ FIELDSEAL_HTTP_PORT: port });
    expect(code).to.equal("PORT_IN_USE");
    expect(message).to.contain(port);
    await first.stop();
    await (await runOracle(deployment, join(folder.path, "oracle"))).stop();
  });

  it("names the setting that is missing", async () => {
    const { code, message } = await refusal({ FIELDSEAL_OPERATOR_KEY: "" });
    expect(["KEY_MISSING", "KEY_INVALID"]).to.include(code);
    expect(message).to.contain("FIELDSEAL_OPERATOR_KEY");
  });
});
