import type { DeviceId, Emergency, GrantReads, StoredGrant } from "@fieldseal/sdk";
import type { Hex } from "./types.ts";

/** What AccessGrants holds as of some block. */
export type KnownGrants = GrantReads & {
  /** Whoever granted `grantee` anything on `subject`. */
  grantorsOf(subject: Hex, grantee: Hex): Iterable<Hex>;
};

/** Changes of one step: places by their keys. */
export type GrantUpdates = {
  readonly grants: readonly GrantUpdate[];
  readonly revisions: readonly RevisionUpdate[];
  readonly emergencies: readonly EmergencyUpdate[];
};

export type GrantPlace = { readonly subject: Hex; readonly grantor: Hex; readonly grantee: Hex };
export type RevisionPlace = { readonly subject: Hex; readonly grantor: Hex };
export type EmergencyPlace = { readonly device: DeviceId; readonly responder: Hex };
export type GrantUpdate = GrantPlace & { readonly grant: StoredGrant };
export type RevisionUpdate = RevisionPlace & { readonly revision: number };
export type EmergencyUpdate = EmergencyPlace & { readonly emergency: Emergency };

export const noUpdates: GrantUpdates = { grants: [], revisions: [], emergencies: [] };

const none: ReadonlySet<Hex> = new Set();

/** Grants in memory. With `below`, what this book does not hold is asked of the other. */
export class GrantBook implements KnownGrants {
  readonly #below: KnownGrants | undefined;
  readonly #grants = new Map<string, StoredGrant>();
  readonly #grantors = new Map<string, Set<Hex>>();
  readonly #revisions = new Map<string, number>();
  readonly #emergencies = new Map<string, Emergency>();

  constructor(below?: KnownGrants) {
    this.#below = below;
  }

  get size(): number {
    return this.#grants.size;
  }

  apply({ grants, revisions, emergencies }: GrantUpdates): void {
    for (const update of grants) this.#put(update);
    for (const { subject, grantor, revision } of revisions) {
      this.#revisions.set(`${subject}${grantor}`, revision);
    }
    for (const { device, responder, emergency } of emergencies) {
      this.#emergencies.set(`${device}${responder}`, emergency);
    }
  }

  /** What was revoked says no more than nothing, so it is forgotten; a book on top must say so. */
  #put({ subject, grantor, grantee, grant }: GrantUpdate): void {
    const place = `${subject}${grantor}${grantee}`;
    const key = `${subject}${grantee}`;
    const grantors = this.#grantors.get(key);
    if (grant.permissions === 0n && this.#below === undefined) {
      this.#grants.delete(place);
      grantors?.delete(grantor);
      if (grantors?.size === 0) this.#grantors.delete(key);
      return;
    }
    this.#grants.set(place, grant);
    if (grantors === undefined) this.#grantors.set(key, new Set([grantor]));
    else grantors.add(grantor);
  }

  grantOf(subject: Hex, grantor: Hex, grantee: Hex): StoredGrant | undefined {
    return (
      this.#grants.get(`${subject}${grantor}${grantee}`) ??
      this.#below?.grantOf(subject, grantor, grantee)
    );
  }

  revisionOf(subject: Hex, grantor: Hex): number {
    const own = this.#revisions.get(`${subject}${grantor}`);
    return own ?? this.#below?.revisionOf(subject, grantor) ?? 0;
  }

  emergencyOf(device: DeviceId, responder: Hex): Emergency | undefined {
    return (
      this.#emergencies.get(`${device}${responder}`) ?? this.#below?.emergencyOf(device, responder)
    );
  }

  *grantorsOf(subject: Hex, grantee: Hex): Iterable<Hex> {
    const own = this.#grantors.get(`${subject}${grantee}`) ?? none;
    yield* own;
    for (const grantor of this.#below?.grantorsOf(subject, grantee) ?? []) {
      if (!own.has(grantor)) yield grantor;
    }
  }
}
