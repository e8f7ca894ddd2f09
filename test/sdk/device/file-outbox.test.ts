import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import type { Outbox, OutboxEntry } from "../../../sdk/src/device/ports.ts";
import { fileOutbox } from "../../../sdk/src/node/file-outbox.ts";

const entry = (sequence: bigint, length = 40, keyIndex = 0): OutboxEntry => ({
  keyIndex,
  sequence,
  root: new Uint8Array(32).fill(Number(sequence & 0xffn)),
  bytes: new Uint8Array(length).fill(7),
});
const sequences = (outbox: Outbox) => outbox.entries().map((one) => one.sequence);

describe("file outbox", () => {
  let root: string;
  let copies = 0;
  const folder = () => join(root, "outbox");

  /** What a machine would find after a crash: the files as they are, without the dead process's lock. */
  async function crash(from: string): Promise<string> {
    const to = join(root, `copy-${copies++}`);
    await cp(from, to, { recursive: true, filter: (path) => !path.includes("lock.db") });
    return to;
  }
  const journalIn = async (path: string) => {
    const names = (await readdir(path)).filter((name) => /^journal-\d+$/.test(name)).sort();
    return join(path, names.at(-1) ?? "");
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "outbox-"));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("keeps messages in order, with their bytes, through a restart", async () => {
    const first = await fileOutbox(folder());
    expect(await first.nextBoot()).to.equal(1);
    for (const sequence of [3n, 1n, 2n]) await first.put(entry(sequence));
    await first.remove(entry(1n));
    await first.close();
    const second = await fileOutbox(folder());
    expect(sequences(second)).to.deep.equal([3n, 2n]);
    expect(second.entries()[0]).to.deep.equal(entry(3n));
    expect(await second.nextBoot()).to.equal(2);
    expect(sequences(second)).to.deep.equal([3n, 2n]);
    await second.close();
  });

  it("keeps dead letters with their reason until they are discarded", async () => {
    const first = await fileOutbox(folder());
    await first.nextBoot();
    await first.put(entry(1n));
    await first.put(entry(2n));
    expect(await first.bury(entry(1n), "SIGNATURE_INVALID", "Grund: ungültig")).to.equal(true);
    await first.close();
    const second = await fileOutbox(folder());
    await second.nextBoot();
    expect(sequences(second)).to.deep.equal([2n]);
    expect(second.deadLetters()).to.deep.equal([
      { ...entry(1n), code: "SIGNATURE_INVALID", reason: "Grund: ungültig" },
    ]);
    await second.discard(entry(1n));
    await second.close();
    const third = await fileOutbox(folder());
    expect(third.deadLetters()).to.deep.equal([]);
    await third.close();
  });

  it("refuses a second user of the folder until the first has closed it", async () => {
    const first = await fileOutbox(folder());
    const error = await fileOutbox(folder()).catch((caught: unknown) => caught);
    expect(error).to.have.property("code", "OUTBOX_LOCKED");
    await first.close();
    await (await fileOutbox(folder())).close();
  });

  it("refuses what passes its limits before writing anything, and takes more once there is room", async () => {
    const outbox = await fileOutbox(folder(), { maxMessages: 2, maxBytes: 100 });
    await outbox.nextBoot();
    await outbox.put(entry(1n, 60));
    const tooLong = await outbox.put(entry(2n, 41)).catch((caught: unknown) => caught);
    expect(tooLong).to.have.property("code", "OUTBOX_FULL");
    await outbox.put(entry(2n, 40));
    await outbox.remove(entry(2n));
    await outbox.put(entry(3n, 1));
    const tooMany = await outbox.put(entry(4n, 1)).catch((caught: unknown) => caught);
    expect(tooMany).to.have.property("code", "OUTBOX_FULL");
    expect(sequences(outbox)).to.deep.equal([1n, 3n]);
    await outbox.close();
  });

  it("leaves a message where it is when there is no room for another dead letter", async () => {
    const outbox = await fileOutbox(folder(), { maxDeadLetters: 1 });
    await outbox.nextBoot();
    await outbox.put(entry(1n));
    await outbox.put(entry(2n));
    expect(await outbox.bury(entry(1n), "X", "")).to.equal(true);
    expect(await outbox.bury(entry(2n), "X", "")).to.equal(false);
    expect(sequences(outbox)).to.deep.equal([2n]);
    await outbox.close();
  });

  it("rewrites its journal when most of it is obsolete", async () => {
    const outbox = await fileOutbox(folder(), { compactBytes: 2000 });
    await outbox.nextBoot();
    await outbox.put(entry(1n));
    for (let sequence = 2n; sequence < 200n; sequence++) {
      await outbox.put(entry(sequence));
      await outbox.remove(entry(sequence));
    }
    const size = (await readFile(await journalIn(folder()))).length;
    expect(size).to.be.lessThan(4000);
    await outbox.close();
    const again = await fileOutbox(folder());
    expect(sequences(again)).to.deep.equal([1n]);
    await again.close();
  });

  it("starts after a journal cut at any byte, never hands out a boot counter twice, and reads what is whole", async () => {
    const outbox = await fileOutbox(folder());
    await outbox.nextBoot();
    const ends: number[] = [];
    for (let sequence = 1n; sequence <= 4n; sequence++) {
      await outbox.put(entry(sequence, 3));
      ends.push((await readFile(await journalIn(folder()))).length);
    }
    await outbox.close();
    for (let cut = 0; cut <= (ends.at(-1) ?? 0); cut++) {
      const copy = await crash(folder());
      await truncate(await journalIn(copy), cut);
      const reopened = await fileOutbox(copy);
      const whole = ends.filter((end) => end <= cut).length;
      expect(sequences(reopened), `cut at ${cut}`).to.deep.equal([1n, 2n, 3n, 4n].slice(0, whole));
      expect(await reopened.nextBoot()).to.equal(2);
      await reopened.close();
      await rm(copy, { recursive: true });
    }
  });

  it("finds a flipped bit, keeps what stood before it, and keeps the damaged file for inspection", async () => {
    const outbox = await fileOutbox(folder());
    await outbox.nextBoot();
    for (let sequence = 1n; sequence <= 3n; sequence++) await outbox.put(entry(sequence));
    await outbox.close();
    const journal = await journalIn(folder());
    const content = await readFile(journal);
    const at = Math.floor(content.length / 2);
    content[at] = (content[at] ?? 0) ^ 1;
    await writeFile(journal, content);
    const reopened = await fileOutbox(folder());
    expect(sequences(reopened)).to.deep.equal([1n]);
    expect(await reopened.nextBoot()).to.equal(2);
    await reopened.close();
    expect(await readdir(folder())).to.include("damaged-0000000001");
  });

  it("loses nothing it returned from and reuses no boot counter, wherever a crash falls", async () => {
    type Action = { kind: "put" | "remove" | "bury" | "crash" | "restart"; pick: number };
    const actions = fc.array(
      fc.record({
        kind: fc.constantFrom<Action["kind"]>(
          "put",
          "put",
          "put",
          "remove",
          "bury",
          "crash",
          "restart",
        ),
        pick: fc.nat(1000),
      }),
      { maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(actions, async (steps) => {
        let path = join(root, `run-${copies++}`);
        const limits = { compactBytes: 300 };
        let outbox = await fileOutbox(path, limits);
        const boots = [await outbox.nextBoot()];
        const kept = new Set<bigint>();
        let next = 0n;
        const reopen = async (open: () => Promise<string>) => {
          await outbox.close();
          path = await open();
          outbox = await fileOutbox(path, limits);
          const found = new Set(sequences(outbox));
          for (const sequence of kept) expect(found.has(sequence)).to.equal(true);
          boots.push(await outbox.nextBoot());
        };
        for (const { kind, pick } of steps) {
          const chosen = [...kept][pick % Math.max(kept.size, 1)];
          if (kind === "put") {
            next += 1n;
            await outbox.put(entry(next, 1 + (pick % 90)));
            kept.add(next);
          } else if (kind === "restart") {
            await reopen(async () => path);
          } else if (kind === "crash") {
            const copy = await crash(path);
            // A message whose `put` had not returned: any part of it may have reached the disk.
            const journal = await journalIn(copy);
            const whole = (await readFile(journal)).length;
            next += 1n;
            await outbox.put(entry(next, 1 + (pick % 90)));
            await writeFile(
              journal,
              (await readFile(await journalIn(path))).subarray(0, whole + (pick % 120)),
            );
            await reopen(async () => copy);
          } else if (chosen !== undefined) {
            kept.delete(chosen);
            if (kind === "remove") await outbox.remove(entry(chosen));
            else await outbox.bury(entry(chosen), "X", "why");
          }
        }
        await outbox.close();
        expect(new Set(boots).size).to.equal(boots.length);
        expect([...boots].sort((a, b) => a - b)).to.deep.equal(boots);
      }),
      { numRuns: 40 },
    );
  });
});
