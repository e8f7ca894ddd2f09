import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const cli = fileURLToPath(new URL("../../../oracle/src/cli/main.ts", import.meta.url));

/** The exit code of a command whose reader has gone before it writes. */
async function unread(args: string[]): Promise<number | null> {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  child.stdout.destroy();
  const [code] = await once(child, "exit");
  return code;
}

/** The exit code of a command whose output goes to a full disk. */
async function onFullDisk(args: string[]): Promise<number | null> {
  const command = [process.execPath, cli, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("sh", ["-c", `${command} > /dev/full`], { stdio: "ignore" });
  const [code] = await once(child, "exit");
  return code;
}

describe("fieldseal, whose output nobody takes", () => {
  it("still ends with what the command found", async () => {
    expect(await unread(["verify", "none.json", "--json"])).to.equal(1);
    expect(await unread(["--help"])).to.equal(0);
  });

  it("never ends well when what it found could not be written", async () => {
    expect(await onFullDisk(["--help"])).to.equal(1);
  });
});
