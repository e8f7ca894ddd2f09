import type { Database } from "../store/schema.ts";
import type { GrantUpdates } from "./grant-book.ts";

/** Writes what changed. @param block The block that is followed from now on */
export async function writeGrants(
  db: Database,
  updates: GrantUpdates,
  block: number,
): Promise<void> {
  const written = { written_block: block };
  for (const { subject, grantor, grantee, grant } of updates.grants) {
    const values = {
      permissions: Number(grant.permissions),
      from_s: grant.from,
      until_s: grant.until,
      revision: grant.revision,
      owner_epoch: grant.ownerEpoch,
      generation: grant.generation,
      parent_generation: grant.parentGeneration,
      of_fleet: grant.ofFleet ? 1 : 0,
      ...written,
    };
    await db
      .insertInto("grants")
      .values({ subject, grantor, grantee, ...values })
      .onConflict((conflict) =>
        conflict.columns(["subject", "grantor", "grantee"]).doUpdateSet(values),
      )
      .execute();
  }
  for (const { subject, grantor, revision } of updates.revisions) {
    await db
      .insertInto("grant_revisions")
      .values({ subject, grantor, revision, ...written })
      .onConflict((conflict) =>
        conflict.columns(["subject", "grantor"]).doUpdateSet({ revision, ...written }),
      )
      .execute();
  }
  for (const { device, responder, emergency } of updates.emergencies) {
    const values = {
      grantor: emergency.grantor,
      until_s: emergency.until,
      owner_epoch: emergency.ownerEpoch,
      generation: emergency.generation,
      of_fleet: emergency.ofFleet ? 1 : 0,
      ...written,
    };
    await db
      .insertInto("emergencies")
      .values({ device, responder, ...values })
      .onConflict((conflict) => conflict.columns(["device", "responder"]).doUpdateSet(values))
      .execute();
  }
}

/** Reads what was written after `block`; everything if it is -1. */
export async function readGrants(db: Database, block = -1): Promise<GrantUpdates> {
  const grants = await db
    .selectFrom("grants")
    .selectAll()
    .where("written_block", ">", block)
    .execute();
  const revisions = await db
    .selectFrom("grant_revisions")
    .select(["subject", "grantor", "revision"])
    .where("written_block", ">", block)
    .execute();
  const emergencies = await db
    .selectFrom("emergencies")
    .selectAll()
    .where("written_block", ">", block)
    .execute();
  return {
    grants: grants.map(({ subject, grantor, grantee, ...row }) => ({
      subject,
      grantor,
      grantee,
      grant: {
        permissions: BigInt(row.permissions),
        from: row.from_s,
        until: row.until_s,
        revision: row.revision,
        ownerEpoch: row.owner_epoch,
        generation: row.generation,
        parentGeneration: row.parent_generation,
        ofFleet: row.of_fleet !== 0,
      },
    })),
    revisions,
    emergencies: emergencies.map(({ device, responder, ...row }) => ({
      device,
      responder,
      emergency: {
        grantor: row.grantor,
        until: row.until_s,
        ownerEpoch: row.owner_epoch,
        generation: row.generation,
        ofFleet: row.of_fleet !== 0,
      },
    })),
  };
}
