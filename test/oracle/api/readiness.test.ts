import { expect } from "chai";
import { createReadiness, type ReadinessCheck } from "../../../oracle/src/api/readiness.ts";
import { diskRoom, sealedInTime } from "../../../oracle/src/api/readiness-checks.ts";
import { manualClock, temporaryFolder, testCommon } from "../../support/service.ts";

type Check = ReadinessCheck["check"];

function readinessOf(check: Check, options: { severity?: ReadinessCheck["severity"] } = {}) {
  const clock = manualClock(1_000_000);
  const common = testCommon(clock);
  const { severity = "failing" } = options;
  const checks = [{ name: "part", code: "STORE_FAILED", severity, check }];
  const readiness = createReadiness({ common, checks, timeoutMs: 5, freshMs: 1000 });
  const look = async () => {
    clock.advance(1000);
    const [result] = await readiness.look();
    return result;
  };
  return { clock, common, readiness, look };
}

describe("readiness", () => {
  it("says since when a check does not hold, with code and reason", async () => {
    let reason: string | undefined;
    const { look, common } = readinessOf(() => reason);
    expect(await look()).to.include({ state: "ok", code: null, reason: null, sinceMs: 1_001_000 });
    expect(await look()).to.include({ sinceMs: 1_001_000 });
    reason = "full";
    await look();
    expect(await look()).to.include({
      state: "failing",
      code: "STORE_FAILED",
      reason: "full",
      sinceMs: 1_003_000,
    });
    const { values } = await common.metrics.checkOk.get();
    expect(values).to.deep.include({ labels: { check: "part" }, value: 0 });
  });

  it("does not wait for a check that hangs, and does not start it a second time", async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    let started = 0;
    const { look } = readinessOf(() => {
      started++;
      return promise;
    });
    expect(await look()).to.include({ state: "failing", reason: "no answer in time" });
    await look();
    expect(started).to.equal(1);
    resolve(undefined);
    await promise;
    expect(await look()).to.include({ state: "ok" });
  });

  it("takes a check that throws for one that does not hold", async () => {
    const { look } = readinessOf(() => {
      throw new Error("database or disk is full");
    });
    expect(await look()).to.include({ state: "failing", reason: "database or disk is full" });
  });

  it("asks once however many want to know at the same time", async () => {
    let asked = 0;
    const { readiness, clock } = readinessOf(() => {
      asked++;
      return undefined;
    });
    for (let i = 0; i < 100; i++) await readiness.look();
    expect(asked).to.equal(1);
    clock.jump(-3_600_000);
    await readiness.look();
    expect(asked, "after the clock was set back").to.equal(1);
    clock.advance(1000);
    await readiness.look();
    expect(asked).to.equal(2);
  });

  it("calls overdue sealing degraded and a small disk a warning", async () => {
    const clock = manualClock(100_000);
    let oldestAtMs: number | undefined;
    const sealing = sealedInTime(async () => oldestAtMs, clock, 60_000);
    expect(sealing).to.include({ severity: "degraded", code: "SEALING_OVERDUE" });
    expect(await sealing.check()).to.equal(undefined);
    oldestAtMs = 39_000;
    expect(await sealing.check()).to.contain("61 s");
    const folder = temporaryFolder();
    let free = 0;
    const gauge = {
      set: (bytes: number) => {
        free = bytes;
      },
    };
    const disk = diskRoom(folder.path, 1, gauge);
    expect(disk).to.include({ severity: "warning", code: "DISK_LOW" });
    expect(await disk.check()).to.equal(undefined);
    expect(free).to.be.greaterThan(1);
    expect(await diskRoom(folder.path, Number.MAX_SAFE_INTEGER, gauge).check()).to.contain("MiB");
    folder.remove();
  });
});
