import { type EventLog, getLogs } from "./get-logs.ts";
import { type GrantUpdates, noUpdates } from "./grant-book.ts";
import { GrantChanges } from "./grant-changes.ts";
import type { Rpc } from "./json-rpc.ts";
import { type DeviceChange, RegistryChanges } from "./registry-changes.ts";
import type { ChainIdentity } from "./types.ts";

/** What the events of a range of blocks touched. */
export type ChainChanges = {
  readonly devices: readonly DeviceChange[];
  /** What the grants touched hold as of block `block`. */
  readGrants(block: number): Promise<GrantUpdates>;
};

type Contracts = Pick<ChainIdentity, "registry" | "grants">;

/**
 * Reads the events of registry and grants from block `from` to `to`, inclusive.
 * @param onChunk Told of the last block read so far
 */
export async function changesBetween(
  rpc: Rpc,
  { registry, grants }: Contracts,
  from: number,
  to: number,
  onChunk: (block: number) => void = () => {},
): Promise<ChainChanges> {
  const ofRegistry = new RegistryChanges();
  const ofGrants = new GrantChanges();
  let touchesGrants = false;
  const add = (log: EventLog) => {
    if (log.address === registry) ofRegistry.add(log);
    if (log.address !== grants) return;
    ofGrants.add(log);
    touchesGrants = true;
  };
  for await (const chunk of getLogs(rpc, { address: [registry, grants] }, from, to)) {
    chunk.logs.forEach(add);
    onChunk(chunk.to);
  }
  return {
    devices: ofRegistry.list(),
    readGrants: async (block) => (touchesGrants ? ofGrants.read(rpc, grants, block) : noUpdates),
  };
}
