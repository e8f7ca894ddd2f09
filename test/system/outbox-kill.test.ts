import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { fileOutbox } from "../../sdk/src/node/file-outbox.ts";

const writer = fileURLToPath(new URL("../support/outbox-writer.ts", import.meta.url));
const rounds = 20;

describe("the outbox of a device that is killed", () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "outbox-kill-"));
  });
  after(() => rm(root, { recursive: true, force: true }));

  it(`holds everything it returned from, and uses no boot counter twice, over ${rounds} kills`, async () => {
    const folder = join(root, "outbox");
    const kept = new Set<bigint>();
    const boots: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const lines = await runUntilKilled(folder, 1 + ((round * 37) % 90));
      for (const line of lines) {
        const [what, value = ""] = line.split(" ");
        if (what === "boot") boots.push(Number(value));
        else if (what === "put") kept.add(BigInt(value));
        else kept.delete(BigInt(value));
      }
      const outbox = await fileOutbox(folder);
      const found = new Set(outbox.entries().map(({ sequence }) => sequence));
      const lost = [...kept].filter((sequence) => !found.has(sequence));
      await outbox.close();
      expect(lost, `round ${round}`).to.deep.equal([]);
    }
    expect(boots.length).to.equal(rounds);
    expect(new Set(boots).size).to.equal(rounds);
    expect([...boots].sort((a, b) => a - b)).to.deep.equal(boots);
  });
});

/** Runs the writer, kills it once it has said `count` lines, and answers every whole line it said. */
async function runUntilKilled(folder: string, count: number): Promise<string[]> {
  const child = spawn(process.execPath, [writer, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (output.split("\n").length > count) child.kill("SIGKILL");
  });
  await exit;
  return output.split("\n").slice(0, -1);
}
