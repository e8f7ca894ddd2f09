import type { Database } from "../store/schema.ts";
import type { GrantUpdates } from "./grant-book.ts";

/** Writes what changed. */
export async function writeGrants(db: Database, updates: GrantUpdates): Promise<void> {
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
      .values({ subject, grantor, revision })
      .onConflict((conflict) => conflict.columns(["subject", "grantor"]).doUpdateSet({ revision }))
      .execute();
  }
  for (const { device, responder, emergency } of updates.emergencies) {
    const values = {
      grantor: emergency.grantor,
      until_s: emergency.until,
      owner_epoch: emergency.ownerEpoch,
      generation: emergency.generation,
      of_fleet: emergency.ofFleet ? 1 : 0,
    };
    await db
      .insertInto("emergencies")
      .values({ device, responder, ...values })
      .onConflict((conflict) => conflict.columns(["device", "responder"]).doUpdateSet(values))
      .execute();
  }
}

/** Reads everything, to begin with. */
export async function readGrants(db: Database): Promise<GrantUpdates> {
  const grants = await db.selectFrom("grants").selectAll().execute();
  const revisions = await db.selectFrom("grant_revisions").selectAll().execute();
  const emergencies = await db.selectFrom("emergencies").selectAll().execute();
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
