import { expect } from "chai";
import { endAcceptance } from "../../../oracle/src/chain/end-acceptance.ts";
import type { DirectoryDevice } from "../../../oracle/src/chain/types.ts";
import type { Store } from "../../../oracle/src/store/open-store.ts";
import { openTestStore } from "../../support/test-store.ts";
import { logId, removeFolders, tempFolder } from "../ingest/fixture.ts";
import { factsOf, storeMessages } from "../seal/fixture.ts";

const first = factsOf(1);

describe("the end of a device's acceptance", () => {
  let store: Store;
  beforeEach(async () => {
    store = await openTestStore(tempFolder());
  });
  afterEach(async () => {
    await store.close();
    removeFolders();
  });

  const suspended: DirectoryDevice = {
    device: first.device,
    owner: "0x00",
    status: "suspended",
    home: logId,
    currentKeyIndex: 1,
    ownerEpoch: 0,
    key: () => undefined,
  };
  const end = (lastBlock: number) =>
    store.write((db) => endAcceptance(db, [{ device: suspended, lastBlock }], logId, 0));
  const ends = async () => {
    const rows = await store.read
      .selectFrom("unsealed")
      .select("valid_until_block")
      .orderBy("message_id")
      .execute();
    return rows.map((row) => row.valid_until_block);
  };

  it("is the last block before the change, or the later one at which a message was judged", async () => {
    await storeMessages(store, [first], { acceptedBlock: 10 });
    await storeMessages(store, [{ ...first, sequence: 2n }], { acceptedBlock: 14 });
    expect(await end(12)).to.equal(2);
    expect(await ends()).to.eql([12, 14]);
  });

  it("is not moved by a second change, nor does it touch another device or a later message", async () => {
    await storeMessages(store, [first, factsOf(2)], { acceptedBlock: 10 });
    await end(12);
    await storeMessages(store, [{ ...first, sequence: 3n }], { acceptedBlock: 16 });
    expect(await end(18)).to.equal(1);
    expect((await ends()).sort()).to.eql([12, 18, null]);
  });
});
