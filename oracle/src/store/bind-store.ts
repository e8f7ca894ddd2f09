import { FieldsealError } from "@fieldseal/sdk";
import type { ChainIdentity } from "../chain/types.ts";
import type { Store } from "./open-store.ts";

const names: Record<keyof ChainIdentity, string> = {
  chainId: "chain id",
  genesisHash: "genesis block",
  registry: "DeviceRegistry",
  grants: "AccessGrants",
  log: "ReadingLog",
  logId: "log id",
};

/**
 * Binds a store to one log on one chain, for ever.
 * @throws DATA_CHAIN_MISMATCH naming what differs, if it is bound to another one
 */
export async function bindStore(store: Store, identity: ChainIdentity): Promise<void> {
  await store.write(async (transaction) => {
    const rows = await transaction.selectFrom("meta").selectAll().execute();
    const bound = new Map(rows.map(({ key, value }) => [key, value]));
    const differing: string[] = [];
    for (const [key, name] of Object.entries(names)) {
      const given = String(identity[key as keyof ChainIdentity]).toLowerCase();
      const known = bound.get(key);
      if (known === undefined) {
        await transaction.insertInto("meta").values({ key, value: given }).execute();
      } else if (known !== given) {
        differing.push(`${name} ${known}, not ${given}`);
      }
    }
    if (differing.length > 0) {
      throw new FieldsealError(
        "DATA_CHAIN_MISMATCH",
        `${store.place} belongs to another log: ${differing.join("; ")}.`,
        { place: store.place, differing },
      );
    }
  });
}
