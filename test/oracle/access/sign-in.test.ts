import { expect } from "chai";
import { Wallet } from "ethers";
import { audience } from "../broker/clients.ts";
import { handClock, newDevice, testDirectory } from "../broker/fixture.ts";
import { testAccess } from "./fixture.ts";
import { addressOf, answerTo, codeOf, type MessageParts } from "./support.ts";

const wallet = new Wallet(`0x${"5a".repeat(32)}`);

/** Answers eth_call as a chain with one wallet contract would. */
const walletRpc = (contract: string, answer: string) => ({
  place: "http://chain.test",
  request: async (_method: string, params: readonly unknown[] = []) => {
    const { to } = params[0] as { to: string };
    return to.toLowerCase() === contract.toLowerCase() ? answer : "0x";
  },
});

describe("signing in with Ethereum", () => {
  let clock: ReturnType<typeof handClock>;
  let devices: ReturnType<typeof testDirectory>;
  let access: ReturnType<typeof testAccess>;
  const fresh = (rpc = walletRpc(wallet.address, "0x")) => {
    clock = handClock();
    devices = testDirectory();
    access = testAccess({ devices, clock, audience, rpc });
  };
  beforeEach(() => fresh());

  const message = (overrides: Partial<MessageParts> = {}) =>
    answerTo(access.sessions, wallet.address, clock.nowMs(), overrides);
  const open = async (text: string, signer = wallet) =>
    access.sessions.open(text, await signer.signMessage(text));
  const refusal = (overrides: Partial<MessageParts>) => codeOf(open(message(overrides)));

  it("opens a session of an hour for the account that signed", async () => {
    const session = await open(message());
    expect(session).to.include({
      address: addressOf(wallet),
      expires: clock.nowMs() / 1000 + 3600,
    });
    const login = await access.authenticator.authenticate(session.token);
    expect(login).to.deep.equal({
      kind: "account",
      who: addressOf(wallet),
      expiresS: session.expires,
    });
    clock.advance(3_600_000);
    expect(await codeOf(access.authenticator.authenticate(session.token))).to.equal(
      "SESSION_EXPIRED",
    );
    expect(access.authenticator.objection(login)).to.equal("SESSION_EXPIRED");
  });

  it("takes each message once", async () => {
    const text = message();
    await open(text);
    expect(await codeOf(open(text))).to.equal("SIGN_IN_NONCE");
  });

  it("refuses a message for another site, whatever part names it, and for another chain", async () => {
    expect(await refusal({ domain: "evil.example" })).to.equal("SIGN_IN_PLACE");
    expect(await refusal({ uri: "https://evil.example/" })).to.equal("SIGN_IN_PLACE");
    expect(await refusal({ uri: "https://sensors.example/" })).to.equal("SIGN_IN_PLACE");
    expect(await refusal({ chainId: 1 })).to.equal("SIGN_IN_PLACE");
  });

  it("refuses nonces that are made up, changed, or older than five minutes", async () => {
    const { nonce } = access.sessions.challenge();
    const changed = `${nonce.slice(0, -1)}${nonce.endsWith("0") ? "1" : "0"}`;
    for (const wrong of ["12345678", "0".repeat(64), changed, nonce.toUpperCase()]) {
      expect(await refusal({ nonce: wrong }), wrong).to.equal("SIGN_IN_NONCE");
    }
    const later = clock.nowMs() + 300_000;
    const text = message({ issuedAt: new Date(later).toISOString() });
    clock.advance(300_000);
    expect(await codeOf(open(text))).to.equal("SIGN_IN_NONCE");
  });

  it("refuses messages out of their time", async () => {
    const at = (ms: number) => new Date(clock.nowMs() + ms).toISOString();
    expect(await refusal({ issuedAt: at(61_000) })).to.equal("SIGN_IN_TIME");
    expect(await refusal({ notBefore: at(61_000) })).to.equal("SIGN_IN_TIME");
    expect(await refusal({ expirationTime: at(0) })).to.equal("SIGN_IN_TIME");
    await open(message({ issuedAt: at(59_000), expirationTime: at(1000) }));
  });

  it("refuses what is no ERC-4361 message", async () => {
    const good = message();
    for (const text of [
      "",
      "hello",
      good.replace("Version: 1", "Version: 2"),
      `${good}\nMore: 1`,
    ]) {
      expect(await codeOf(open(text)), text).to.equal("SIGN_IN_FORMAT");
    }
    expect(await codeOf(open("x".repeat(5000)))).to.equal("SIGN_IN_FORMAT");
  });

  it("refuses another's signature, another text's, and one that is none", async () => {
    const text = message();
    expect(await codeOf(open(text, new Wallet(`0x${"5b".repeat(32)}`)))).to.equal(
      "SIGN_IN_SIGNATURE",
    );
    const other = await wallet.signMessage(message());
    expect(await codeOf(access.sessions.open(text, other))).to.equal("SIGN_IN_SIGNATURE");
    expect(await codeOf(access.sessions.open(text, "0x00"))).to.equal("SIGN_IN_SIGNATURE");
    // Refused attempts do not use the nonce up: nobody can spoil another's sign-in.
    await open(text);
  });

  it("refuses an address that is a device's id", async () => {
    const device = newDevice(1);
    devices.enrol({ ...device, device: addressOf(wallet) });
    expect(await refusal({})).to.equal("SIGN_IN_DEVICE");
  });

  it("asks a wallet contract (ERC-1271), and believes nothing but its yes", async () => {
    const contract = "0xAAaaAAaAaaaaAAaAaaAAaaAaAAaAAaAAaAAAaaAA";
    const attempt = async (answer: string) => {
      fresh(walletRpc(contract, answer));
      const text = answerTo(
        access.sessions,
        "0xaAaAaAaaAaAaAaaAaAAAAAAAAaaaAaAaAaaAaaAa",
        clock.nowMs(),
      );
      return access.sessions.open(text, "0x1234");
    };
    const session = await attempt(`0x1626ba7e${"00".repeat(28)}`);
    expect(session.address).to.equal(contract.toLowerCase());
    for (const answer of [`0xffffffff${"00".repeat(28)}`, `0x${"00".repeat(32)}`, "0x"]) {
      expect(await codeOf(attempt(answer)), answer).to.equal("SIGN_IN_SIGNATURE");
    }
    const loose = ["0x1626ba7e", `0x1626ba7e${"01".repeat(28)}`, `0x${"01".repeat(28)}1626ba7e`];
    for (const answer of loose) {
      expect(await codeOf(attempt(answer)), answer).to.equal("SIGN_IN_SIGNATURE");
    }
  });

  it("takes no contract for a wallet that gives every question back, as the precompile at 4 does", async () => {
    const echo = "0x0000000000000000000000000000000000000004";
    fresh({
      place: "http://chain.test",
      request: async (_method, params = []) => (params[0] as { data: string }).data,
    });
    const text = answerTo(access.sessions, echo, clock.nowMs());
    expect(await codeOf(access.sessions.open(text, "0x1234"))).to.equal("SIGN_IN_SIGNATURE");
  });

  it("lets nobody in, device or account, while the chain has not been seen for a minute", async () => {
    const { token } = await open(message());
    access.state.fresh = false;
    expect(await codeOf(access.authenticator.authenticate(token))).to.equal("AUTHORITY_STALE");
  });
});

describe("session tokens", () => {
  it("of another process, changed in any character, or with anything added are refused", async () => {
    const clock = handClock();
    const make = () => testAccess({ devices: testDirectory(), clock, audience });
    const [mine, other] = [make(), make()];
    const text = answerTo(mine.sessions, wallet.address, clock.nowMs());
    const { token } = await mine.sessions.open(text, await wallet.signMessage(text));
    expect(await codeOf(other.authenticator.authenticate(token))).to.equal("SESSION_INVALID");
    for (let i = 4; i < token.length; i++) {
      const altered = `${token.slice(0, i)}${token[i] === "A" ? "B" : "A"}${token.slice(i + 1)}`;
      const code = await codeOf(mine.authenticator.authenticate(altered));
      expect(code, String(i)).to.equal("SESSION_INVALID");
    }
    for (const altered of [`${token}A`, `${token}=`, `${token} `, token.slice(0, -1), "fs1."]) {
      expect(await codeOf(mine.authenticator.authenticate(altered))).to.equal("SESSION_INVALID");
    }
  });
});
