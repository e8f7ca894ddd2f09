import { deviceIdOf, enrolTypes, registryDomain, type Signer, signTyped } from "@fieldseal/sdk";
import type { AccountKey } from "../../chain/keys.ts";
import { actionDeadline, keyArgument, signatureArgument } from "../commands/owner-action.ts";
import type { ActionReceipt } from "./contract-session.ts";
import { type RegistrySession, sendAction } from "./registry-session.ts";

/**
 * Enrols a device under `owner`, who sends the transaction; the device signs for it.
 * @param home Log that the device sends its readings to, 0 for none
 * @throws TRANSACTION_REVERTED, TRANSACTION_PENDING
 */
export async function enrolDevice(
  session: RegistrySession,
  owner: AccountKey,
  signer: Signer,
  home: bigint,
): Promise<ActionReceipt> {
  const { chainId, registry } = session;
  const deadline = await actionDeadline(session);
  const value = { device: deviceIdOf(signer.publicKey), owner: owner.address, home, deadline };
  const signature = await signTyped(signer, registryDomain(chainId, registry), enrolTypes, value);
  const args = [keyArgument(signer.publicKey), home, deadline, signatureArgument(signature)];
  return sendAction(session, owner, "enrol", args);
}
