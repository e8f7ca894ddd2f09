import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type CommandJournal,
  encodeCommandEnvelope,
  hex,
  memoryCommandJournal,
} from "@fieldseal/sdk";
import { fileCommandJournal } from "@fieldseal/sdk/node";
import { expect } from "chai";
import { maxCommanders } from "../../../sdk/src/command/command-journal.ts";
import { temporaryFolder } from "../../support/service.ts";
import { refusalOf } from "../support.ts";
import type { KilledLockOrders } from "./killed-lock.ts";
import { chainId, committee, grants, lock, lockBench, log, person } from "./support.ts";

const commander = (i: number): `0x${string}` => `0x${i.toString(16).padStart(40, "0")}`;
const accepted = (i: number, nonce: bigint, expiry: bigint) => ({
  commander: commander(i),
  nonce,
  expiry,
});

describe("a journal of commands", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  const kinds: Record<string, () => Promise<CommandJournal & { close?: () => Promise<void> }>> = {
    "in memory": async () => memoryCommandJournal(),
    "in a file": () => fileCommandJournal(folder.path),
  };
  for (const [name, make] of Object.entries(kinds)) {
    it(`${name} knows the last command of each commander`, async () => {
      const journal = await make();
      expect(journal.last(commander(1))).to.equal(undefined);
      await Promise.all([
        journal.accept(accepted(1, 5n, 100n), 0n),
        journal.accept(accepted(2, 1n << 255n, 100n), 0n),
        journal.accept(accepted(1, 7n, 100n), 0n),
      ]);
      expect(journal.last(commander(1))).to.equal(7n);
      expect(journal.last(commander(2))).to.equal(1n << 255n);
      await journal.close?.();
    });
  }

  it("forgets commanders only when room is needed, and none whose commands may come back", async () => {
    const journal = memoryCommandJournal();
    for (let i = 0; i < maxCommanders; i++) {
      await journal.accept(accepted(i, 1n, i === 0 ? 50n : 100n), 0n);
    }
    // The later command expires sooner; the earlier one still must not come back.
    await journal.accept(accepted(1, 2n, 10n), 0n);
    const full = refusalOf(journal.accept(accepted(5000, 1n, 100n), 49n));
    expect(await full).to.equal("COMMAND_JOURNAL");
    await journal.accept(accepted(5000, 1n, 100n), 50n);
    expect(journal.last(commander(0))).to.equal(undefined);
    expect(journal.last(commander(1))).to.equal(2n);
  });

  it("in a file survives its process, and serves one at a time", async () => {
    const journal = await fileCommandJournal(folder.path);
    await journal.accept(accepted(1, 5n, 100n), 0n);
    expect(await refusalOf(fileCommandJournal(folder.path))).to.equal("OUTBOX_LOCKED");
    await journal.close();
    const again = await fileCommandJournal(folder.path);
    expect(again.last(commander(1))).to.equal(5n);
    await again.close();
  });

  it("in a damaged file is not begun anew", async () => {
    const path = join(folder.path, "accepted.json");
    const journal = await fileCommandJournal(folder.path);
    await journal.accept(accepted(1, 5n, 100n), 0n);
    await journal.close();
    const good = readFileSync(path, "utf8");
    for (const bad of ["", "{}", "null", good.slice(0, -3), good.replace('"5"', '"-5"')]) {
      writeFileSync(path, bad);
      expect(await refusalOf(fileCommandJournal(folder.path)), bad).to.equal("COMMAND_JOURNAL");
    }
    writeFileSync(path, good);
    await (await fileCommandJournal(folder.path)).close();
  });

  it("keeps a lock that lost its power while acting from acting again", async () => {
    const bench = lockBench();
    const command = hex(encodeCommandEnvelope(await bench.command(person())));
    const orders: KilledLockOrders = {
      device: lock,
      chainId: chainId.toString(),
      grants: grants.verifyingContract,
      log: log.verifyingContract,
      operator: committee(1)[0]?.address ?? "",
      folder: folder.path,
      nowMs: bench.clock.nowMs(),
      command,
    };
    const program = fileURLToPath(new URL("killed-lock.ts", import.meta.url));
    const run = () => {
      const args = [program, JSON.stringify(orders)];
      const { stdout, signal } = spawnSync(process.execPath, args, { encoding: "utf8" });
      return { stdout, signal };
    };
    expect(run()).to.deep.equal({ stdout: "acts\n", signal: "SIGKILL" });
    expect(run()).to.deep.equal({ stdout: "COMMAND_REPLAYED\n", signal: null });
  });
});
