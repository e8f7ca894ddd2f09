import { FieldsealError } from "@fieldseal/sdk";
import { expect } from "chai";
import { onOneEndpoint } from "../../../oracle/src/chain/on-one-endpoint.ts";
import { publicRpcPolicy, RpcPool } from "../../../oracle/src/chain/rpc-pool.ts";
import { manualClock, testCommon } from "../../support/service.ts";
import { type FakeEndpoint, fakeEndpoint } from "./fake-endpoint.ts";

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "answered",
    (error: { code?: unknown }) => error.code,
  );

function setUp(...fakes: FakeEndpoint[]) {
  const clock = manualClock();
  const common = testCommon(clock);
  const pool = new RpcPool({ common, random: () => 1, rpcs: fakes, policy: publicRpcPolicy });
  pool.expect({ chainId: 5n, genesisHash: "0xaa00000000" });
  return { clock, pool, common };
}

describe("RpcPool", () => {
  it("asks the first endpoint, the next one when it falls, and the first again when it is back", async () => {
    const [one, two] = [fakeEndpoint("one"), fakeEndpoint("two")];
    const { pool, clock } = setUp(one, two);
    expect(await pool.request("eth_call")).to.equal("one");
    one.isDead = true;
    expect(await pool.request("eth_call")).to.equal("two");
    one.isDead = false;
    expect(await pool.request("eth_call")).to.equal("two");
    clock.advance(10_000);
    await pool.watch();
    expect(await pool.request("eth_call")).to.equal("one");
  });

  it("does not try out a fallen endpoint in a request that another can answer", async () => {
    const [one, two] = [fakeEndpoint("one"), fakeEndpoint("two")];
    const { pool, clock } = setUp(one, two);
    await pool.watch();
    one.isDead = true;
    await pool.request("eth_call");
    clock.advance(60_000);
    const before = one.calls.length;
    for (let i = 0; i < 5; i++) await pool.request("eth_call");
    expect(one.calls.length).to.equal(before);
  });

  it("leaves a dead chain alone, longer each time, up to a cap", async () => {
    const one = fakeEndpoint("one");
    const { pool, clock } = setUp(one);
    one.isDead = true;
    const tries: number[] = [];
    for (let ms = 0; ms < 120_000; ms += 50) {
      const before = one.calls.length;
      expect(await codeOf(pool.request("eth_call"))).to.equal("CHAIN_UNREACHABLE");
      if (one.calls.length > before) tries.push(ms);
      clock.advance(50);
    }
    const waits = tries.slice(1).map((ms, index) => ms - (tries[index] ?? 0));
    expect(waits.slice(0, 5)).to.deep.equal([250, 500, 1_000, 2_000, 4_000]);
    expect(Math.max(...waits)).to.equal(10_000);
    one.isDead = false;
    clock.advance(10_000);
    expect(await pool.request("eth_call")).to.equal("one");
  });

  it("counts one failure when many requests under way fall together", async () => {
    const one = fakeEndpoint("one");
    const { pool, clock } = setUp(one);
    await pool.watch();
    one.isDead = true;
    await Promise.all(Array.from({ length: 8 }, () => codeOf(pool.request("eth_call"))));
    one.isDead = false;
    clock.advance(250);
    expect(await pool.request("eth_call")).to.equal("one");
  });

  it("does not use an endpoint that comes back with another chain id or another first block", async () => {
    for (const change of [{ chainId: 6n }, { fork: "bb" }]) {
      const [one, two] = [fakeEndpoint("one"), fakeEndpoint("two")];
      const { pool, clock } = setUp(one, two);
      await pool.watch();
      one.isDead = true;
      await pool.request("eth_call");
      Object.assign(one, { isDead: false, ...change });
      clock.advance(60_000);
      await pool.watch();
      expect(await pool.request("eth_call")).to.equal("two");
      Object.assign(one, { chainId: 5n, fork: "aa" });
      clock.advance(60_000);
      await pool.watch();
      expect(await pool.request("eth_call")).to.equal("one");
    }
  });

  it("says what is wrong with the only endpoint there is", async () => {
    const one = fakeEndpoint("one");
    const { pool, clock } = setUp(one);
    await pool.watch();
    one.isDead = true;
    await codeOf(pool.request("eth_call"));
    Object.assign(one, { isDead: false, chainId: 6n });
    clock.advance(1_000);
    expect(await codeOf(pool.request("eth_call"))).to.equal("CHAIN_WRONG_ID");
    expect(await codeOf(pool.request("eth_call"))).to.equal("CHAIN_WRONG_ID");
  });

  it("stops asking an endpoint that serves another history than the one followed", async () => {
    const [one, two] = [fakeEndpoint("one"), fakeEndpoint("two")];
    const { pool } = setUp(one, two);
    await pool.watch();
    pool.endpoints.anchor({ number: 90, hash: "0xaa0000005a", timeS: 0 });
    one.fork = "bb";
    await pool.watch();
    expect(await pool.request("eth_call")).to.equal("two");
  });

  it("asks an endpoint last whose newest or finalized blocks are far behind", async () => {
    const [one, two] = [fakeEndpoint("one"), fakeEndpoint("two")];
    const { pool } = setUp(one, two);
    one.head = 96;
    await pool.watch();
    expect(await pool.request("eth_call")).to.equal("one");
    one.head = 90;
    await pool.watch();
    expect(await pool.request("eth_call")).to.equal("two");
    two.isDead = true;
    expect(await pool.request("eth_call")).to.equal("one");
    two.isDead = false;
    one.head = 100;
    await pool.watch();
    expect(await pool.request("eth_call")).to.equal("one");
  });

  it("asks an endpoint last whose newest block is abreast while its finalized one is far behind", async () => {
    const [one, two] = [fakeEndpoint("one"), fakeEndpoint("two")];
    const { pool } = setUp(one, two);
    one.depth = 20;
    await pool.watch();
    expect(await pool.request("eth_call")).to.equal("two");
  });

  it("takes a few seconds for no delay, however many blocks a fast chain makes in them", async () => {
    const [one, two] = [fakeEndpoint("one"), fakeEndpoint("two")];
    const { pool } = setUp(one, two);
    for (const fake of [one, two]) fake.secondsPerBlock = 1;
    one.head = 90;
    await pool.watch();
    expect(await pool.request("eth_call")).to.equal("one");
  });

  it("leaves out those behind where it asks all, unless there are no others", async () => {
    const [one, two] = [fakeEndpoint("one"), fakeEndpoint("two")];
    const { pool } = setUp(one, two);
    expect(await pool.request("eth_call")).to.equal("one");
    one.head = 90;
    await pool.watch();
    expect(await pool.endpoints.everywhere("eth_call", [])).to.eql(["two"]);
    two.isDead = true;
    expect(await pool.request("eth_call")).to.equal("one");
    expect(await pool.endpoints.everywhere("eth_call", [])).to.eql(["one"]);
  });

  it("holds endpoints against the newest block followed, and refuses none that has no such block yet", async () => {
    const [one, two] = [fakeEndpoint("one"), fakeEndpoint("two")];
    const { pool } = setUp(one, two);
    pool.endpoints.anchor({ number: 90, hash: "0xaa0000005a", timeS: 0 });
    pool.endpoints.anchor({ number: 80, hash: "0xbb00000050", timeS: 0 });
    one.head = 70;
    await pool.watch();
    expect(await pool.request("eth_call")).to.equal("two");
    two.isDead = true;
    await pool.watch();
    expect(await pool.request("eth_call")).to.equal("one");
  });

  it("is not led by one of three endpoints that names a block far ahead", async () => {
    const [one, two, three] = [fakeEndpoint("one"), fakeEndpoint("two"), fakeEndpoint("three")];
    const { pool } = setUp(one, two, three);
    three.head = 1_000_000;
    await pool.watch();
    expect(await pool.request("eth_call")).to.equal("one");
  });

  it("asks another endpoint what one cannot answer, but not what the chain refuses", async () => {
    const [one, two] = [fakeEndpoint("one"), fakeEndpoint("two")];
    const { pool } = setUp(one, two);
    one.errors.set("eth_feeHistory", "the method does not exist");
    one.errors.set("eth_call", "execution reverted");
    expect(await pool.request("eth_feeHistory")).to.equal("two");
    expect(await codeOf(pool.request("eth_call"))).to.equal("CHAIN_RPC");
    expect(two.calls).to.not.include("eth_call");
  });

  it("sends a transaction to every endpoint, and one that takes it is enough", async () => {
    const fakes = [fakeEndpoint("one"), fakeEndpoint("two"), fakeEndpoint("three")] as const;
    const { pool } = setUp(...fakes);
    await pool.watch();
    const [one, two, three] = fakes;
    one.errors.set("eth_sendRawTransaction", "nonce too low");
    two.isDead = true;
    expect(await pool.request("eth_sendRawTransaction", ["0x"])).to.equal("three");
    for (const { calls } of fakes) expect(calls).to.include("eth_sendRawTransaction");
    three.errors.set("eth_sendRawTransaction", "already known");
    const error = await pool.request("eth_sendRawTransaction", ["0x"]).catch((e: Error) => e);
    expect((error as Error).message).to.match(/already known/);
  });

  it("numbers endpoints that share a place, and names no more than the place", async () => {
    const [one, two] = [fakeEndpoint("https://a.example"), fakeEndpoint("https://a.example")];
    const { common } = setUp(one, two);
    const text = await common.metrics.registry.metrics();
    expect(text).to.contain('endpoint="https://a.example #1"').and.contain("#2");
  });

  it("counts requests by endpoint and outcome", async () => {
    const [one, two] = [fakeEndpoint("one"), fakeEndpoint("two")];
    const { pool, common } = setUp(one, two);
    await pool.watch();
    one.isDead = true;
    await pool.request("eth_call");
    const text = await common.metrics.registry.metrics();
    expect(text).to.contain('fieldseal_rpc_requests_total{endpoint="one",outcome="unreachable"} 1');
    expect(text).to.contain('fieldseal_rpc_endpoint_up{endpoint="one"} 0');
    expect(text).to.contain('fieldseal_rpc_endpoint_up{endpoint="two"} 1');
  });
});

describe("onOneEndpoint", () => {
  it("does all reads of one piece of work with one endpoint, and does it again when that falls", async () => {
    const [one, two] = [fakeEndpoint("one"), fakeEndpoint("two")];
    const { pool } = setUp(one, two);
    await pool.watch();
    const seen: unknown[][] = [];
    await onOneEndpoint(pool, async (rpc) => {
      const reads: unknown[] = [];
      seen.push(reads);
      reads.push(await rpc.request("eth_call"));
      if (seen.length === 1) one.isDead = true;
      reads.push(await rpc.request("eth_call"));
    });
    expect(seen).to.deep.equal([["one"], ["two", "two"]]);
  });

  it("goes on with another endpoint when one serves what cannot be worked with, but not for ever", async () => {
    const [one, two] = [fakeEndpoint("one"), fakeEndpoint("two")];
    const { pool } = setUp(one, two);
    await pool.watch();
    let count = 0;
    const changed = new FieldsealError("CHAIN_HISTORY_CHANGED", "changed");
    const places: string[] = [];
    const work = onOneEndpoint(pool, async ({ place }) => {
      places.push(place);
      count += 1;
      throw changed;
    });
    expect(await codeOf(work)).to.equal("CHAIN_HISTORY_CHANGED");
    expect(places).to.deep.equal(["one", "two"]);
    expect(count).to.equal(2);
  });

  it("keeps an endpoint that reports a revert or an empty account", async () => {
    const [one, two] = [fakeEndpoint("one"), fakeEndpoint("two")];
    const { pool } = setUp(one, two);
    await pool.watch();
    for (const error of ["execution reverted", "insufficient funds for gas"]) {
      one.errors.set("eth_estimateGas", error);
      const work = onOneEndpoint(pool, (rpc) => rpc.request("eth_estimateGas"));
      expect(await codeOf(work)).to.equal("CHAIN_RPC");
      expect(await pool.request("eth_call")).to.equal("one");
    }
  });
});
