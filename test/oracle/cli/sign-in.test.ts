import { expect } from "chai";
import { Wallet } from "ethers";
import { testKey } from "../../support/chain.ts";
import { temporaryFolder } from "../../support/service.ts";
import { addressOf } from "../access/support.ts";
import { type ApiFixture, apiFixture } from "../api/fixture.ts";
import { runCliHere } from "./fixture.ts";

const secret = testKey(3);

describe("signing in from the command line", () => {
  let fixture: ApiFixture;
  let url: string;
  const folder = temporaryFolder();
  after(() => folder.remove());
  beforeEach(async () => {
    fixture = await apiFixture({
      restricted: true,
      auditors: [addressOf(new Wallet(secret))],
      site: () => new URL(url).host,
    });
    url = await fixture.api.listen({ host: "127.0.0.1", port: 0 });
    await fixture.store(1n);
    await fixture.seal();
  });
  afterEach(() => fixture.end());
  const run = (args: string[], env: Record<string, string> = {}) =>
    runCliHere([...args, "--url", url], folder.path, env, fixture.common.clock.nowMs());
  const read = ["audit", "export", "-o", "bundle.json", "--device"];

  it("prints a token that opens a restricted log", async () => {
    const login = await run(["login"], { FIELDSEAL_OWNER_KEY: secret });
    expect(login.code, login.err).to.equal(0);
    const token = login.out.trim();
    const opened = await run([...read, fixture.device.id], { FIELDSEAL_TOKEN: token });
    expect(opened.code, opened.err).to.equal(0);
  });

  it("happens by itself when the owner's key is given, and is asked for when it is not", async () => {
    const signed = await run([...read, fixture.device.id], { FIELDSEAL_OWNER_KEY: secret });
    expect(signed.code, signed.err).to.equal(0);
    const refused = await run([...read, fixture.device.id]);
    expect([refused.code, refused.err.split(" ")[0]]).to.deep.equal([1, "SIGN_IN_REQUIRED"]);
    const stranger = await run([...read, fixture.device.id], { FIELDSEAL_OWNER_KEY: testKey(4) });
    expect([stranger.code, stranger.err.split(" ")[0]]).to.deep.equal([1, "RESTRICTED"]);
  });

  it("signs for the host it was given only, whatever the service calls itself", async () => {
    const elsewhere = url.replace("127.0.0.1", "localhost");
    const args = ["login", "--url", elsewhere];
    const env = { FIELDSEAL_OWNER_KEY: secret };
    const { code, err } = await runCliHere(args, folder.path, env, fixture.common.clock.nowMs());
    expect([code, err.split(" ")[0]]).to.deep.equal([1, "SERVICE_MISMATCH"]);
  });
});
