import type { StoredGrant } from "@fieldseal/sdk";
import type { Result } from "ethers";

/** What `AccessGrants.grantOf` answers, as the SDK's rule takes it. */
export function storedGrantOf(answer: Result): StoredGrant {
  const stored: Result = answer[0];
  const number = (name: string) => Number(stored.getValue(name));
  return {
    permissions: BigInt(stored.getValue("permissions")),
    from: number("from"),
    until: number("until"),
    revision: number("revision"),
    ownerEpoch: number("ownerEpoch"),
    generation: number("generation"),
    parentGeneration: number("parentGeneration"),
    ofFleet: Boolean(stored.getValue("ofFleet")),
  };
}
