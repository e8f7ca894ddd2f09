import type { DeviceId } from "../types.ts";
import { emergencyPermissions, permissions } from "./permissions.ts";

type Address = `0x${string}`;

/** Whose a device is, as `IDeviceOwnership.ownership` answers. */
export type DeviceOwnership = { readonly owner: Address; readonly ownerEpoch: number };

/** A grant as AccessGrants stores it (IAccessGrants.Grant), in force or not. Times in seconds since 1970. */
export type StoredGrant = {
  readonly permissions: bigint;
  readonly from: number;
  readonly until: number;
  readonly revision: number;
  readonly ownerEpoch: number;
  readonly generation: number;
  readonly parentGeneration: number;
  readonly ofFleet: boolean;
};

/** A responder's window on a device (`IAccessGrants.emergencyOf`). */
export type Emergency = {
  readonly grantor: Address;
  readonly until: number;
  readonly ownerEpoch: number;
  readonly generation: number;
  readonly ofFleet: boolean;
};

/** Where the rules look grants up: the contract's views, or a copy of what they answer. Addresses in lowercase. */
export type GrantReads = {
  grantOf(subject: Address, grantor: Address, grantee: Address): StoredGrant | undefined;
  revisionOf(subject: Address, grantor: Address): number;
  emergencyOf(device: DeviceId, responder: Address): Emergency | undefined;
};

/** The question that AccessGrants answers with `allowed`. */
export type GrantQuestion = {
  readonly device: DeviceId;
  readonly grantor: Address;
  readonly who: Address;
  readonly permissions: bigint;
  /** Seconds since 1970. */
  readonly nowS: number;
};

/** First second in which what was asked is no longer allowed, as far as the grants of now say. */
export type GrantAnswer =
  | { readonly allowed: true; readonly untilS: number }
  | { readonly allowed: false };

const everybody: Address = "0x0000000000000000000000000000000000000000";
const no: GrantAnswer = { allowed: false };
const forever = Number.MAX_SAFE_INTEGER;

/** A device in one owner epoch, or all devices of an owner. */
type Place = { readonly subject: Address; readonly owner: Address; readonly ownerEpoch: number };

const until = (untilS: number | undefined): GrantAnswer =>
  untilS === undefined ? no : { allowed: true, untilS };

/** End of the grant if by itself it gives all of `asked` now. */
function endOf(
  reads: GrantReads,
  place: Place,
  grantor: Address,
  given: StoredGrant | undefined,
  asked: bigint,
  nowS: number,
): number | undefined {
  if (given === undefined || given.permissions === 0n) return undefined;
  const holds =
    (asked & ~given.permissions) === 0n &&
    given.from <= nowS &&
    nowS < given.until &&
    given.ownerEpoch === place.ownerEpoch &&
    given.revision === reads.revisionOf(place.subject, grantor);
  return holds ? given.until : undefined;
}

/** As {@link endOf}, with the grant that a delegate's rests on. */
function given(
  reads: GrantReads,
  place: Place,
  { grantor, nowS }: GrantQuestion,
  grantee: Address,
  asked: bigint,
): number | undefined {
  const grant = reads.grantOf(place.subject, grantor, grantee);
  const end = endOf(reads, place, grantor, grant, asked, nowS);
  if (grant === undefined || end === undefined || grantor === place.owner) return end;
  const restsOn = grant.ofFleet ? fleetOf(place.owner) : place;
  const parent = reads.grantOf(restsOn.subject, place.owner, grantor);
  if (parent?.generation !== grant.parentGeneration) return undefined;
  const needed = asked | permissions.DELEGATE;
  const parentEnd = endOf(reads, restsOn, place.owner, parent, needed, nowS);
  return parentEnd === undefined ? undefined : Math.min(end, parentEnd);
}

const fleetOf = (owner: Address): Place => ({ subject: owner, owner, ownerEpoch: 0 });

function inWindow(reads: GrantReads, place: Place, question: GrantQuestion): number | undefined {
  const { device, grantor, who, nowS } = question;
  if ((question.permissions & ~emergencyPermissions) !== 0n) return undefined;
  const window = reads.emergencyOf(device, who);
  if (window === undefined || window.ownerEpoch !== place.ownerEpoch) return undefined;
  if (nowS >= window.until || window.grantor !== grantor) return undefined;
  const restsOn = window.ofFleet ? fleetOf(place.owner) : place;
  const named = reads.grantOf(restsOn.subject, grantor, who);
  if (named?.generation !== window.generation) return undefined;
  const end = given(reads, restsOn, question, who, permissions.EMERGENCY);
  return end === undefined ? undefined : Math.min(end, window.until);
}

/**
 * What AccessGrants' `allowed` answers for an enrolled device, from a copy of its state.
 * @param device Owner and owner epoch of the question's device
 */
export function allowedBy(
  { owner, ownerEpoch }: DeviceOwnership,
  reads: GrantReads,
  question: GrantQuestion,
): GrantAnswer {
  const { device, grantor, who, permissions: asked } = question;
  if (asked === 0n) return no;
  if (who === owner && grantor === owner) return until(forever);
  const place: Place = { subject: device, owner, ownerEpoch };
  const places = [place, fleetOf(owner)];
  const grantees = asked === permissions.READ && who !== everybody ? [who, everybody] : [who];
  const ends = grantees
    .flatMap((grantee) => places.map((one) => given(reads, one, question, grantee, asked)))
    .concat(inWindow(reads, place, question))
    .filter((end) => end !== undefined);
  return until(ends.length === 0 ? undefined : Math.max(...ends));
}
