import { checkpointLeaf, hex, leafHash, treeRoot } from "@fieldseal/sdk";
import { expect } from "chai";
import fc from "fast-check";
import { checkpointByIndex } from "../../../oracle/src/store/checkpoints.ts";
import { messagesOfCheckpoint } from "../../../oracle/src/store/messages.ts";
import { removeFolders } from "../ingest/fixture.ts";
import { factsOf, follow, type SealFixture, sealFixture, storeMessages } from "./fixture.ts";

/** What may happen to an oracle and its chain, in any order. */
type Event =
  | { readonly kind: "store"; readonly messages: number }
  | { readonly kind: "step" }
  | { readonly kind: "mine" }
  | { readonly kind: "finalize"; readonly behind: number }
  | { readonly kind: "reorganise"; readonly depth: number }
  | { readonly kind: "epoch" }
  | { readonly kind: "crash"; readonly calls: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("store"), messages: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 6, arbitrary: fc.constant({ kind: "step" }) },
  { weight: 4, arbitrary: fc.constant({ kind: "mine" }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("finalize"), behind: fc.integer({ min: 0, max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("reorganise"),
      depth: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "epoch" }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("crash"), calls: fc.integer({ min: 1, max: 6 }) }),
  },
) as fc.Arbitrary<Event>;

/** A fixture that goes on in the same folder and on the same chain after a crash. */
async function restarted({ store, path, chain, receipts }: SealFixture): Promise<SealFixture> {
  await store.close();
  chain.revive();
  return sealFixture({ maxPerCheckpoint: 7 }, path, chain, receipts);
}

describe("sealer, exactly once", () => {
  after(removeFolders);

  it("puts every stored message in exactly one checkpoint, whatever crashes and reorganisations come", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 40 }), async (events) => {
        let fixture = await sealFixture({ maxPerCheckpoint: 7 });
        const { chain } = fixture;
        let stored = 0;
        let block = 11;
        const happen = async (next: Event) => {
          if (next.kind === "store") {
            const facts = Array.from({ length: next.messages }, () => factsOf(stored++));
            await storeMessages(fixture.store, facts, { acceptedBlock: block });
            await follow(fixture.store, block++);
          } else if (next.kind === "step") await fixture.sealer.step();
          else if (next.kind === "mine") chain.mine();
          else if (next.kind === "finalize") chain.finalize(next.behind);
          else if (next.kind === "reorganise") chain.reorganise(next.depth);
          else if (next.kind === "epoch") chain.nextEpoch();
          else {
            chain.crashAt(next.calls);
            await fixture.sealer.step().catch(() => {});
            fixture = await restarted(fixture);
          }
        };
        for (const next of events) await happen(next);
        for (let round = 0; round < 3 * stored + 6; round++) {
          await fixture.sealer.step();
          chain.mine();
          chain.finalize();
        }
        await fixture.sealer.step();

        const seen = new Set<number>();
        for (const [index, sealed] of chain.sealed().entries()) {
          const leaves: Uint8Array[] = [];
          for await (const message of messagesOfCheckpoint(fixture.store, index)) {
            expect(seen.has(Number(message.sequence))).to.equal(false);
            seen.add(Number(message.sequence));
            leaves.push(leafHash(checkpointLeaf(message)));
          }
          expect(sealed.index).to.equal(BigInt(index));
          expect(sealed.root).to.equal(hex(treeRoot(leaves)));
          expect((await checkpointByIndex(fixture.store, index))?.state).to.equal("final");
        }
        expect(seen.size).to.equal(stored);
        expect(fixture.receipts.length).to.be.at.least(stored);
        await fixture.store.close();
        removeFolders();
      }),
      { numRuns: 12 },
    );
  }).timeout(60_000);
});
