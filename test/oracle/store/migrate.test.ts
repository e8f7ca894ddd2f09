import { checkpointLeaf, leafHash, rootFromPath } from "@fieldseal/sdk";
import { expect } from "chai";
import { messageBodies } from "../../../oracle/src/api/queries/message-bodies.ts";
import { pathReader } from "../../../oracle/src/api/queries/path-reader.ts";
import { buildCheckpoint } from "../../../oracle/src/seal/build-checkpoint.ts";
import { knownRoots } from "../../../oracle/src/store/accept-batch.ts";
import { messageByIdentity, messagesOfCheckpoint } from "../../../oracle/src/store/messages.ts";
import type { Store } from "../../../oracle/src/store/open-store.ts";
import { unsealedMessages } from "../../../oracle/src/store/unsealed-messages.ts";
import { openTestStore } from "../../support/test-store.ts";
import { removeFolders, startMs, tempFolder } from "../ingest/fixture.ts";
import { type OldFolder, oldBody, oldSignature, writeOldFolder } from "./old-folder.ts";

for (const migrations of [1, 2] as const) {
  describe(`a data folder written at schema ${migrations}`, () => {
    let store: Store;
    let old: OldFolder;
    before(async () => {
      const path = tempFolder();
      old = await writeOldFolder(path, migrations);
      store = await openTestStore(path);
    });
    after(async () => {
      await store.close();
      removeFolders();
    });

    it("still knows every identity, with its root, signature and body", async () => {
      const all = [...old.sealed, ...old.waiting];
      const known = await knownRoots(store.read, all);
      expect(known.size).to.equal(1630);
      for (const facts of [all[3], all[500], all[620]]) {
        if (facts === undefined) throw new Error("none");
        const message = await messageByIdentity(store, facts);
        const id = message?.id ?? 0;
        expect(message?.signature).to.eql(Buffer.from(oldSignature(facts)));
        expect((await messageBodies(store.read, [id])).get(id)).to.eql(Buffer.from(oldBody(facts)));
      }
    });

    it("keeps a message whose body was dropped, without a signature", async () => {
      const first = old.sealed.find(({ sequence }) => sequence === 0n);
      if (first === undefined) throw new Error("none");
      const message = await messageByIdentity(store, first);
      expect(message?.place?.checkpoint).to.equal(0);
      expect(message?.signature).to.equal(undefined);
    });

    it("gives the paths of its checkpoints", async () => {
      const paths = pathReader(store.read, 0);
      for (const index of [0, 255, 256, 599]) {
        const found = await paths.read(index);
        const facts = old.sealed[index];
        if (found === undefined || facts === undefined) throw new Error("none");
        expect(found.leaf).to.eql(Buffer.from(checkpointLeaf(facts)));
        const root = rootFromPath(leafHash(found.leaf), BigInt(index), 600n, found.path);
        expect(root).to.eql(old.root);
        const message = await messageByIdentity(store, facts);
        expect(message).to.deep.include({ id: found.messageId });
        expect(message?.place).to.eql({ checkpoint: 0, leaf: index });
      }
      expect(await paths.read(600)).to.equal(undefined);
      let messages = 0;
      for await (const { sequence } of messagesOfCheckpoint(store, 0)) {
        expect(sequence).to.equal(old.sealed[messages++]?.sequence);
      }
      expect(messages).to.equal(600);
    });

    it("seals what waited, at the last block at which all of it may be sealed", async () => {
      expect(await unsealedMessages(store, 2000)).to.eql({ count: 1030, oldestAtMs: startMs });
      if (migrations === 1) {
        // The registry is read again from the start: the follower says where it stands.
        const followed = { number: 20, hash: "0x00", time_s: 0 } as const;
        await store.db.insertInto("followed").values(followed).execute();
      }
      let judgedBlock = 0;
      await buildCheckpoint({
        store,
        index: 1,
        previous: new Uint8Array(32),
        epoch: 0,
        limit: 2000,
        nowMs: startMs,
        sign: async (checkpoint) => {
          judgedBlock = checkpoint.judgedBlock;
          return new Uint8Array(65);
        },
      });
      expect(judgedBlock).to.equal(12);
      expect((await unsealedMessages(store, 2000)).count).to.equal(0);
    });

    it("keeps intents, devices and what it was bound to", async () => {
      const { purpose } = await store.read
        .selectFrom("intents")
        .select("purpose")
        .executeTakeFirstOrThrow();
      expect(purpose).to.equal("append:1:0");
      expect(await store.read.selectFrom("devices").selectAll().execute()).to.have.length(1);
      expect(await store.read.selectFrom("meta").selectAll().execute()).to.eql([
        { key: "chainId", value: "31337" },
      ]);
    });
  });
}
