import { accessGrantsAbi } from "@fieldseal/sdk";
import { Contract, type JsonRpcProvider, type TransactionReceipt, Wallet, ZeroHash } from "ethers";

/** The end of a grant that has none. */
export const noEndS = 0xff_ffff_ffffn;

/** What an account does with grants, by transactions of its own. */
export function grantActions(provider: JsonRpcProvider, address: string, secret: string) {
  const wallet = new Wallet(secret, provider);
  const contract = new Contract(address, accessGrantsAbi, wallet);
  const send = async (name: string, ...args: unknown[]): Promise<TransactionReceipt> => {
    const nonce = await provider.getTransactionCount(wallet.address, "pending");
    const sent = await contract.getFunction(name).send(...args, { nonce, gasLimit: 1_000_000 });
    const receipt = await provider.getTransactionReceipt(sent.hash);
    if (receipt?.status !== 1) throw new Error(`${name} was not mined or reverted`);
    return receipt;
  };
  return {
    account: wallet.address.toLowerCase() as `0x${string}`,
    wallet,
    send,
    /** Grants from now on; `until` in seconds since 1970. */
    give: (subject: string, grantee: string, permissions: bigint, until: bigint = noEndS) =>
      send("grant", { subject, grantee, permissions, from: 0, until, purpose: ZeroHash }),
    take: (subject: string, grantee: string) => send("revoke", subject, wallet.address, grantee),
  };
}

export type GrantActions = ReturnType<typeof grantActions>;
