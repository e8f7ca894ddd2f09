import { HDNodeWallet } from "ethers";
import type { Hex } from "../../oracle/src/chain/types.ts";

const mnemonic = "test test test test test test test test test test test junk";

/**
 * Key of account `index` that Hardhat's node and anvil fund. Everybody knows it: refused on public chains.
 */
export function developmentKey(index: number): Hex {
  const wallet = HDNodeWallet.fromPhrase(mnemonic, "", `m/44'/60'/0'/0/${index}`);
  return wallet.privateKey as Hex;
}
