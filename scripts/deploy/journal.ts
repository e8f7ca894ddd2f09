import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

type Confirmed = {
  readonly type: string;
  readonly receipt?: { readonly blockNumber?: number; readonly contractAddress?: string };
};

/** Blocks in which a deployment folder's contracts came to be, by lower-case address, from Ignition's journal. */
export function deploymentBlocks(folder: string): Map<string, number> {
  const journal = join(folder, "journal.jsonl");
  const blocks = new Map<string, number>();
  if (!existsSync(journal)) return blocks;
  for (const line of readFileSync(journal, "utf8").split("\n")) {
    if (!line.includes("TRANSACTION_CONFIRM")) continue;
    const { receipt } = JSON.parse(line) as Confirmed;
    if (receipt?.contractAddress !== undefined && receipt.blockNumber !== undefined) {
      blocks.set(receipt.contractAddress.toLowerCase(), receipt.blockNumber);
    }
  }
  return blocks;
}
