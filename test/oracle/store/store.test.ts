import { expect } from "chai";
import {
  attemptsOf,
  findIntent,
  insertIntent,
  markSent,
  moveIntent,
  type NewIntent,
  openIntents,
  recordAttempt,
} from "../../../oracle/src/chain/intents.ts";
import type { ChainIdentity } from "../../../oracle/src/chain/types.ts";
import { identityKey, knownRoots } from "../../../oracle/src/store/accept-batch.ts";
import { batchById } from "../../../oracle/src/store/batches.ts";
import { bindStore } from "../../../oracle/src/store/bind-store.ts";
import { leafOfFacts, sequenceBlob } from "../../../oracle/src/store/blobs.ts";
import { insertConflicts, listConflicts } from "../../../oracle/src/store/conflicts.ts";
import { messageByIdentity } from "../../../oracle/src/store/messages.ts";
import type { Store } from "../../../oracle/src/store/open-store.ts";
import { listQuarantine, quarantine } from "../../../oracle/src/store/quarantine.ts";
import { isAboutData } from "../../../oracle/src/store/store-failure.ts";
import { unsealedMessages } from "../../../oracle/src/store/unsealed-messages.ts";
import { openTestStore } from "../../support/test-store.ts";
import { removeFolders, tempFolder } from "../ingest/fixture.ts";
import { factsOf, storeMessages } from "../seal/fixture.ts";

async function failure(work: Promise<unknown>): Promise<{ code?: string; message?: string }> {
  return work.then(
    () => ({}),
    (error: { code?: string; message?: string }) => error,
  );
}

const identity: ChainIdentity = {
  chainId: 31337n,
  genesisHash: `0x${"01".repeat(32)}`,
  registry: "0x00000000000000000000000000000000000000aa",
  grants: "0x00000000000000000000000000000000000000cc",
  log: "0x00000000000000000000000000000000000000bb",
  logId: 1n,
};

describe("store, on any engine", () => {
  after(removeFolders);

  const withStore = async (work: (store: Store) => Promise<void>) => {
    const store = await openTestStore(tempFolder());
    try {
      await work(store);
    } finally {
      await store.close();
    }
  };

  it("gives back the numbers, bytes and nulls that it was given", () =>
    withStore(async (store) => {
      const facts = { ...factsOf(7), keyIndex: 2 ** 32 - 1, sequence: 2n ** 64n - 1n };
      const latest = 2 ** 53 - 1;
      await storeMessages(store, [facts], { acceptedBlock: latest, receivedAtMs: latest });
      const row = await store.read.selectFrom("messages").selectAll().executeTakeFirstOrThrow();
      expect(row).to.include({ key_index: 2 ** 32 - 1, received_at_ms: latest, key_type: 2 });
      expect(Buffer.isBuffer(row.sequence)).to.equal(true);
      expect(row.sequence).to.eql(sequenceBlob(2n ** 64n - 1n));
      expect(row.root).to.eql(Buffer.from(facts.root));
      const waiting = await store.read.selectFrom("unsealed").selectAll().executeTakeFirstOrThrow();
      expect(waiting).to.include({ accepted_block: latest, valid_until_block: null });
      expect(Buffer.from(waiting.leaf)).to.eql(leafOfFacts(facts));
      expect(await messageByIdentity(store, facts)).to.deep.include({ ...facts, place: undefined });
    }));

  it("finds what it knows among any number of identities, and says nothing of the others", () =>
    withStore(async (store) => {
      const all = Array.from({ length: 700 }, (_, number) => factsOf(number));
      await storeMessages(store, all.slice(0, 513));
      await storeMessages(store, all.slice(513, 514));
      const known = await knownRoots(store.read, all);
      expect(known.size).to.equal(514);
      for (const [number, facts] of all.entries()) {
        const root = known.get(identityKey(leafOfFacts(facts)));
        expect(root).to.eql(number < 514 ? Buffer.from(facts.root) : undefined);
      }
      expect((await knownRoots(store.read, [])).size).to.equal(0);
      const batch = await batchById(store, 1);
      expect(batch?.leaves).to.eql(all.slice(0, 513).map(leafOfFacts).sort(Buffer.compare));
      expect(await batchById(store, 3)).to.equal(undefined);
    }));

  it("takes no identity twice, and nothing of a commit that would", () =>
    withStore(async (store) => {
      await storeMessages(store, [factsOf(1)]);
      const twice = storeMessages(store, [factsOf(2), { ...factsOf(1), root: new Uint8Array(32) }]);
      expect(isAboutData(await failure(twice))).to.equal(true);
      expect((await knownRoots(store.read, [factsOf(1), factsOf(2)])).size).to.equal(1);
      expect((await unsealedMessages(store, 10)).count).to.equal(1);
    }));

  it("counts what waits exactly up to a bound, and never too few beyond it", () =>
    withStore(async (store) => {
      expect(await unsealedMessages(store, 5)).to.eql({ count: 0, oldestAtMs: undefined });
      const all = Array.from({ length: 9 }, (_, number) => factsOf(number));
      await storeMessages(store, all.slice(0, 4), { receivedAtMs: 1000 });
      expect(await unsealedMessages(store, 5)).to.eql({ count: 4, oldestAtMs: 1000 });
      await storeMessages(store, all.slice(4), { receivedAtMs: 2000 });
      expect(await unsealedMessages(store, 5)).to.eql({ count: 9, oldestAtMs: 1000 });
      expect(await unsealedMessages(store, 100)).to.eql({ count: 9, oldestAtMs: 1000 });
    }));

  it("keeps refused messages whatever characters their senders use, the newest of them", () =>
    withStore(async (store) => {
      const refused = Array.from({ length: 30 }, (_, at) => ({
        code: "MESSAGE_ENCODING",
        message: "no\0message \ud800",
        raw: new Uint8Array([at]),
        source: "mqtt" as const,
        client: `c\0${at}`,
        device: undefined,
        receivedAtMs: at,
      }));
      await store.write((db) => quarantine(db, refused, { rows: 20, bytes: 2 ** 30 }));
      const kept = await listQuarantine(store, { limit: 50 });
      expect(kept.map(({ receivedAtMs }) => receivedAtMs)).to.eql(
        Array.from({ length: 20 }, (_, at) => 29 - at),
      );
      expect(kept[0]).to.deep.include({ client: "c\ufffd29", device: undefined });
      expect(kept[0]?.message.startsWith("no\ufffdmessage ")).to.equal(true);
    }));

  it("holds one open intent of a purpose, with its attempts and how far it got", () =>
    withStore(async (store) => {
      const intent = { purpose: "append:1:0", sender: "0x01", to: "0x02", data: sequenceBlob(5n) };
      await insertIntent(store.db, intent as NewIntent, 1000);
      expect(
        isAboutData(await failure(insertIntent(store.db, intent as NewIntent, 1001))),
      ).to.equal(true);
      const [open] = await openIntents(store.db, "0x01");
      const id = open?.id ?? 0;
      expect(open).to.deep.include({ state: "new", nonce: null, data: sequenceBlob(5n) });
      const fees = { gasLimit: 21_000n, maxFeeWei: 2n ** 80n, tipWei: undefined };
      const attempt = { hash: "0x03", raw: sequenceBlob(9n), nonce: 7, ...fees } as const;
      await recordAttempt(store, id, attempt, 2000);
      await markSent(store.db, "0x03", 3000);
      const [written] = await attemptsOf(store.db, id);
      const wei = (2n ** 80n).toString();
      expect(written).to.deep.include({ nonce: 7, max_fee_wei: wei, sent_at_ms: 3000 });
      expect(await findIntent(store.db, "append:1:0")).to.include({ state: "pending", nonce: 7 });
      await moveIntent(store.db, id, { state: "failed", error: "reverted" }, 4000);
      await insertIntent(store.db, intent as NewIntent, 5000);
      expect(await findIntent(store.db, "append:1:0")).to.include({ state: "new", error: null });
    }));

  it("keeps the same evidence once, and a hundred pieces of one device at most", () =>
    withStore(async (store) => {
      const conflicts = Array.from({ length: 120 }, (_, at) => ({
        ...factsOf(1),
        sequence: BigInt(at),
        raw: new Uint8Array(1),
        receivedAtMs: at,
      }));
      const insert = (part: typeof conflicts) => store.write((db) => insertConflicts(db, part));
      await insert(conflicts.slice(0, 1));
      await insert(conflicts.slice(0, 1));
      expect(await listConflicts(store)).to.have.length(1);
      await insert(conflicts);
      expect(await listConflicts(store, factsOf(1).device)).to.have.length(100);
    }));

  it("belongs to the first log it was bound to, and says what differs for another", async () => {
    const store = await openTestStore(tempFolder());
    await bindStore(store, identity);
    await bindStore(store, identity);
    const other = { ...identity, chainId: 1n, logId: 2n };
    const error = await failure(bindStore(store, other));
    expect(error.code).to.equal("DATA_CHAIN_MISMATCH");
    expect(error.message).to.match(/chain id 31337, not 1; log id 1, not 2/);
    expect(error.message).not.to.match(/ReadingLog/);
    await store.close();
  });

  it("rolls a failed transaction back and lets others write between none of its slices", async () => {
    const store = await openTestStore(tempFolder());
    const insert = (value: string) =>
      store.db.insertInto("meta").values({ key: "k", value }).execute();
    const failing = store.write(async (db) => {
      await db.insertInto("meta").values({ key: "k", value: "lost" }).execute();
      await new Promise((next) => setImmediate(next));
      throw new Error("crashed");
    });
    const [outcome] = await Promise.allSettled([failing, insert("after")]);
    expect(outcome.status).to.equal("rejected");
    const rows = await store.read.selectFrom("meta").select("value").execute();
    expect(rows).to.eql([{ value: "after" }]);
    await store.close();
  });

  it("gives readers what is committed while a write is under way", async () => {
    const store = await openTestStore(tempFolder());
    let seen: unknown[] = ["not read"];
    await store.write(async (db) => {
      await db.insertInto("meta").values({ key: "k", value: "v" }).execute();
      seen = await store.read.selectFrom("meta").selectAll().execute();
    });
    expect(seen).to.eql([]);
    expect(await store.read.selectFrom("meta").selectAll().execute()).to.have.length(1);
    await store.close();
  });
});
