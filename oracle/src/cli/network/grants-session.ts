import { accessGrantsAbi, allowedBy, type StoredGrant } from "@fieldseal/sdk";
import { Interface } from "ethers";
import { callContract } from "../../chain/call-contract.ts";
import { GrantBook, type GrantPlace } from "../../chain/grant-book.ts";
import { hexOf } from "../../chain/quantities.ts";
import { storedGrantOf } from "../../chain/stored-grant-of.ts";
import type { Hex } from "../../chain/types.ts";
import { type ContractSession, openContract } from "./contract-session.ts";

const kind = { name: "AccessGrants", abi: new Interface(accessGrantsAbi) };
const ownershipAbi = new Interface([
  "function ownership(address) view returns (address owner, uint32 ownerEpoch, uint8 status)",
]);

/** @throws CHAIN_URL, CHAIN_UNREACHABLE, CHAIN_RPC, CONTRACT_MISSING */
export function openGrants(rpcUrl: string, accessGrants: string): Promise<ContractSession> {
  return openContract(kind, rpcUrl, accessGrants);
}

/** What a grant is about: a device and whose it is, or an owner and all that he has. */
export type GrantSubject = {
  readonly subject: Hex;
  readonly isDevice: boolean;
  readonly owner: Hex;
  readonly ownerEpoch: number;
};

/** A subject that the registry does not know as a device is an owner. */
export async function grantSubject(session: ContractSession, subject: Hex): Promise<GrantSubject> {
  const [registry] = await session.call("registry", []);
  const to = hexOf(String(registry).toLowerCase());
  const found = await callContract(session.rpc, ownershipAbi, to, "ownership", [subject]);
  if (Number(found.status) === 0)
    return { subject, isDevice: false, owner: subject, ownerEpoch: 0 };
  const owner = hexOf(String(found.owner).toLowerCase());
  return { subject, isDevice: true, owner, ownerEpoch: Number(found.ownerEpoch) };
}

/** A grant as people ask for it. */
export type ShownGrant = GrantPlace & {
  readonly permissions: bigint;
  readonly fromS: number;
  readonly untilS: number;
  readonly state: "in force" | "to come" | "over" | "none";
};

/** The grant that stands between grantor and grantee, and whether it is in force at the newest block. */
export async function shownGrant(
  session: ContractSession,
  about: GrantSubject,
  grantor: Hex,
  grantee: Hex,
): Promise<ShownGrant> {
  const { subject, owner, ownerEpoch } = about;
  const read = async (place: GrantPlace): Promise<StoredGrant> =>
    storedGrantOf(await session.call("grantOf", [place.subject, place.grantor, place.grantee]));
  const place = { subject, grantor, grantee };
  const grant = await read(place);
  const places = grantor === owner ? [] : [subject, owner];
  const parents = places.map((of) => ({ subject: of, grantor: owner, grantee: grantor }));
  // The rule is asked about this grant and what it rests on; other grants that give the same are not looked at.
  const grants = [{ ...place, grant }];
  for (const parent of parents) grants.push({ ...parent, grant: await read(parent) });
  const revisions = [];
  for (const { subject: of, grantor: by } of grants) {
    const [count] = await session.call("revisionOf", [of, by]);
    revisions.push({ subject: of, grantor: by, revision: Number(count) });
  }
  const book = new GrantBook();
  book.apply({ grants, revisions, emergencies: [] });
  const { permissions, from: fromS, until: untilS } = grant;
  const ruled = (nowS: number) => {
    const question = { device: subject, grantor, who: grantee, permissions, nowS };
    return allowedBy({ owner, ownerEpoch }, book, question).allowed;
  };
  const nowS = Number(await session.blockTimeS());
  const state = () => {
    if (grant.generation === 0 || permissions === 0n) return "none";
    if (ruled(nowS)) return "in force";
    return nowS < fromS && ruled(fromS) ? "to come" : "over";
  };
  return { ...place, permissions, fromS, untilS, state: state() };
}
