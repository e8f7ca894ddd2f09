import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { countSealed } from "../support/check-sealed.ts";
import { type OutageWorld, startOutageWorld } from "../support/outage-world.ts";
import { temporaryFolder } from "../support/service.ts";
import { until } from "../support/until.ts";

const library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

describe("an oracle whose clock is set", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  let world: OutageWorld | undefined;
  after(async () => {
    await world?.end();
    folder.remove();
  });

  it("an hour on, back, an hour late and right again goes on storing and sealing each time", async () => {
    if (!existsSync(library))
      throw new Error("libfaketime is missing: apt-get install libfaketime");
    const offset = join(folder.path, "offset");
    const set = (value: string) => writeFileSync(offset, value);
    set("+0s");
    world = await startOutageWorld({
      processEnvironment: {
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: offset,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      },
    });
    const { deployment, acknowledged } = world;
    await world.begin();
    for (const value of ["+3600s", "+0s", "-3600s", "+0s"]) {
      set(value);
      const [stored, sealed] = [acknowledged(), await countSealed(deployment)];
      await until(`storing at ${value}`, () => acknowledged() > stored + 20, 60_000);
      await until(
        `sealing at ${value}`,
        async () => (await countSealed(deployment)) > sealed + 20,
        60_000,
      );
      expect(await world.failing(), value).to.eql([]);
    }
    await world.settle();
    expect(await world.oracle.process.stop()).to.equal(0);
  });
});
