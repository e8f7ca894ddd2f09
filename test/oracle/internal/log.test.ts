import { expect } from "chai";
import { createLog, type LogOptions } from "../../../oracle/src/internal/log/create-log.ts";
import { redactor } from "../../../oracle/src/internal/log/redactor.ts";
import { manualClock } from "../../support/service.ts";

function testLog(options: Partial<LogOptions> = {}) {
  const clock = manualClock(0);
  const lines: string[] = [];
  const levels: string[] = [];
  const { log, flush } = createLog({
    level: "trace",
    format: "json",
    redact: (text) => text,
    clock,
    write: (text) => lines.push(text),
    onLine: (level) => levels.push(level),
    ...options,
  });
  return { log, flush, clock, lines, levels, entries: () => lines.map((line) => JSON.parse(line)) };
}

describe("log", () => {
  it("writes one object an event with time, level, part and code", () => {
    const { log, entries, levels } = testLog();
    log.child({ part: "sealer" }).error({ code: "FEE_CAP", nonce: 3 }, "waits");
    expect(entries()).to.deep.equal([
      { level: 50, time: 0, part: "sealer", code: "FEE_CAP", nonce: 3, msg: "waits" },
    ]);
    expect(levels).to.deep.equal(["error"]);
  });

  it("lets the same error pass five times a minute, then counts it, and says how often it came", () => {
    const { log, clock, entries, lines, levels } = testLog();
    for (let i = 0; i < 1000; i++)
      log.error({ part: "follower", code: "CHAIN_UNREACHABLE" }, `${i}`);
    log.error({ part: "follower", code: "OTHER" }, "another");
    log.info("news");
    expect(lines).to.have.length(7);
    expect(levels).to.have.length(1002);
    clock.advance(60_000);
    log.info("later");
    expect(entries().slice(7)).to.deep.equal([
      {
        level: 50,
        time: 60_000,
        part: "follower",
        code: "CHAIN_UNREACHABLE",
        repeated: 995,
        msg: "0",
      },
      { level: 30, time: 60_000, msg: "later" },
    ]);
    log.error({ part: "follower", code: "CHAIN_UNREACHABLE" }, "again");
    expect(entries().at(-1)).to.include({ msg: "again" });
  });

  it("tells defects apart by their words, and holds back neither news nor last words", () => {
    const { log, lines } = testLog();
    for (let i = 0; i < 20; i++) log.error({ code: "INTERNAL" }, `defect ${i}`);
    for (let i = 0; i < 20; i++) log.info("news");
    for (let i = 0; i < 20; i++) log.fatal({ code: "INTERNAL" }, "end");
    expect(lines).to.have.length(60);
  });

  it("says at the end what it held back, and forgets kinds rather than grow", () => {
    const { log, flush, entries } = testLog();
    for (let i = 0; i < 7; i++) log.warn({ code: "BUSY" }, "busy");
    flush();
    expect(entries().at(-1)).to.include({ code: "BUSY", repeated: 2 });
    for (let i = 0; i < 10_000; i++) log.warn(`kind ${i}`);
    for (let i = 0; i < 6; i++) log.warn("last");
    flush();
    expect(entries().at(-1)).to.include({ msg: "last", repeated: 1 });
  });

  it("writes lines for people on a terminal, errors with their stack", () => {
    const { log, lines } = testLog({ format: "text" });
    log.warn({ part: "broker", code: "BROKER_DOWN", url: "a b", n: 1 }, "down");
    expect(lines).to.deep.equal(['00:00:00.000 WARN  broker BROKER_DOWN down url="a b" n=1\n']);
    log.error({ err: new Error("broken") }, "failed");
    expect(lines[1]).to.match(/ERROR failed\n {4}Error: broken\n +at /);
  });

  it("never lets a line break forge another line for people", () => {
    const { log, lines } = testLog({ format: "text" });
    log.warn({ part: "broker", client: "x\n00:00:00.000 INFO forged" }, "re\nfused");
    expect(lines.join("").split("\n")).to.have.length(2);
  });

  it("hides secrets in whatever form they are written", () => {
    const key = `0x${"Ab".repeat(32)}`;
    const rpc = "https://user:pa%2Fss@rpc.example/v3/0123456789abcdef0123?token=tok-en";
    const quoted = 'pass"word\\';
    const { log, lines } = testLog({ redact: redactor([key, `${rpc},https://b.example`, quoted]) });
    log.error({ err: new Error(`no answer from ${rpc}`) }, key.toLowerCase());
    log.error({ text: quoted, other: encodeURIComponent(quoted), url: "rpc.example:443" }, "pa/ss");
    log.error({ path: "/v3/0123456789abcdef0123", token: "tok-en", bare: "Ab".repeat(32) });
    const all = lines.join("");
    const forms = [/abababab/i, /pa(%2F|\/)ss/, /0123456789abcdef0123/, /tok-en/, /pass.{1,2}word/];
    for (const form of forms) expect(all).not.to.match(form);
    expect(all).to.contain("rpc.example:443");
    for (const line of lines) expect(() => JSON.parse(line)).not.to.throw();
  });

  it("leaves an address without a key in it readable", () => {
    const redact = redactor(["http://127.0.0.1:8545", "mqtt://127.0.0.1:1883"]);
    expect(redact("http://127.0.0.1:8545 does not answer")).to.contain("127.0.0.1:8545");
  });
});
