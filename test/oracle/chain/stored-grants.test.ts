import { expect } from "chai";
import { readGrants, writeGrants } from "../../../oracle/src/chain/stored-grants.ts";
import type { Hex } from "../../../oracle/src/chain/types.ts";
import { temporaryStore } from "./fixture.ts";

const address = (digit: string): Hex => `0x${digit.repeat(40)}`;
const [subject, grantor, grantee] = [address("1"), address("2"), address("3")];

describe("grants in the store", () => {
  const grant = {
    permissions: 0xff_ffff_ff3fn,
    from: 1,
    until: 0xff_ffff_ffff,
    revision: 4,
    ownerEpoch: 5,
    generation: 6,
    parentGeneration: 7,
    ofFleet: true,
  };
  const emergency = { grantor, until: 11, ownerEpoch: 12, generation: 13, ofFleet: true };
  const updates = {
    grants: [{ subject, grantor, grantee, grant }],
    revisions: [{ subject, grantor, revision: 9 }],
    emergencies: [{ device: subject, responder: grantee, emergency }],
  };

  it("come back as they were written, in every field, and as they were written last", async () => {
    const folder = await temporaryStore();
    try {
      await writeGrants(folder.store.db, updates, 7);
      expect(await readGrants((await folder.reopen()).db)).to.deep.equal(updates);
    } finally {
      await folder.remove();
    }
    const again = await temporaryStore();
    try {
      await writeGrants(again.store.db, updates, 7);
      const ended = {
        grants: [
          { subject, grantor, grantee, grant: { ...grant, permissions: 0n, ofFleet: false } },
        ],
        revisions: [{ subject, grantor, revision: 10 }],
        emergencies: [
          { device: subject, responder: grantee, emergency: { ...emergency, ofFleet: false } },
        ],
      };
      await writeGrants(again.store.db, ended, 8);
      expect(await readGrants(again.store.db)).to.deep.equal(ended);
    } finally {
      await again.remove();
    }
  });
});
