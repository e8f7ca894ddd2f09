import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { temporaryFolder } from "../support/service.ts";

const text = readFileSync(
  new URL("../../deploy/systemd/fieldseal.service", import.meta.url),
  "utf8",
);

describe("the unit for systemd", () => {
  const folder = temporaryFolder();
  const unit = join(folder.path, "fieldseal.service");
  // The program is where an operator installs it, not here.
  before(() => writeFileSync(unit, text.replace(/^ExecStart=\S+/m, "ExecStart=/bin/true")));
  after(() => folder.remove());

  it("is valid, without a warning", () => {
    const { status, stderr, error } = spawnSync("systemd-analyze", ["verify", unit], {
      encoding: "utf8",
    });
    expect(error).to.equal(undefined);
    expect([status, stderr]).to.deep.equal([0, ""]);
  });

  it("leaves the service little that it could do to the machine", () => {
    const output = execFileSync("systemd-analyze", ["security", "--offline=true", unit], {
      encoding: "utf8",
    });
    const level = /Overall exposure level for fieldseal\.service: ([\d.]+)/.exec(output)?.[1];
    expect(Number(level)).to.be.lessThan(2);
  });

  it("keeps secrets out of the environment and the command line, and waits longer than the service does", () => {
    expect(text).to.match(/^LoadCredential=operator-key:/m);
    expect(text).to.match(/FIELDSEAL_OPERATOR_KEY_FILE=%d\/operator-key/);
    expect(text).not.to.match(/FIELDSEAL_OPERATOR_KEY=/);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).to.be.greaterThan(10);
  });
});
