import { FieldsealError, type PublicKey } from "@fieldseal/sdk";
import { zeroPadValue } from "ethers";
import { getLogs } from "../../chain/get-logs.ts";
import { RegistryChanges } from "../../chain/registry-changes.ts";
import type { ChainDevice, RegistrySession } from "./registry-session.ts";

/**
 * A device's current public key, from the block in which it came into force: the registry keeps its hash only.
 * @throws CHAIN_RPC when the node does not know that block's events any more
 */
export async function currentKey(
  session: RegistrySession,
  { device, keyIndex }: ChainDevice,
): Promise<PublicKey> {
  const [{ fromBlock }] = await session.call("keySpan", [device, keyIndex]);
  const block = Number(fromBlock);
  const filter = { address: session.registry, topics: [null, zeroPadValue(device, 32)] };
  const changes = new RegistryChanges();
  for await (const { logs } of getLogs(session.rpc, filter, block, block)) {
    for (const log of logs) changes.add(log);
  }
  const keys = changes.list().flatMap((change) => change.keys);
  const found = keys.find((key) => key.keyIndex === keyIndex);
  if (found !== undefined) return { keyType: found.keyType, point: found.point };
  const message = `The node has no events of block ${block}, in which the device's key was named.`;
  throw new FieldsealError("CHAIN_RPC", message);
}
