import type { Command } from "commander";
import type { AccountKey } from "../../chain/keys.ts";
import type { CliIo } from "../io.ts";
import type { ActionReceipt, ContractSession } from "../network/contract-session.ts";
import { openGrants } from "../network/grants-session.ts";
import { networkOptions } from "../network/network-options.ts";
import { resolveNetwork } from "../network/resolve-network.ts";
import type { Row } from "../output/print.ts";
import { accountKey, keyFileOption, type OwnerOptions } from "./owner-action.ts";

/** Adds what every change of grants needs. */
export function grantorOptions(command: Command): Command {
  return networkOptions(command, ["rpc", "accessGrants"]).addOption(keyFileOption());
}

export type GrantorSession = { readonly session: ContractSession; readonly account: AccountKey };

/** Opens AccessGrants and the account's key. @throws KEY_MISSING, TEST_KEY_ON_PUBLIC_CHAIN, and as openGrants */
export async function openGrantor(io: CliIo, options: OwnerOptions): Promise<GrantorSession> {
  const network = resolveNetwork(io, options);
  const session = await openGrants(network.need("rpc"), network.need("accessGrants"));
  return { session, account: accountKey(io, options, session.chainId) };
}

/** Where an action ended up. */
export const receiptRows = ({ transaction, block }: ActionReceipt): Row[] => [
  ["transaction", transaction],
  ["block", String(block)],
];
