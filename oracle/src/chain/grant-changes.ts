import { accessGrantsAbi } from "@fieldseal/sdk";
import { Interface } from "ethers";
import { callContract } from "./call-contract.ts";
import type { EventLog } from "./get-logs.ts";
import type {
  EmergencyPlace,
  EmergencyUpdate,
  GrantPlace,
  GrantUpdate,
  GrantUpdates,
  RevisionPlace,
  RevisionUpdate,
} from "./grant-book.ts";
import type { Rpc } from "./json-rpc.ts";
import { hexOf } from "./quantities.ts";
import { storedGrantOf } from "./stored-grant-of.ts";
import type { Hex } from "./types.ts";

const grantCalls = new Interface(accessGrantsAbi);

/** Places asked for at the same time. */
const parallelReads = 8;

/** Collects the places of AccessGrants that events touched, each once. */
export class GrantChanges {
  readonly #grants = new Map<string, GrantPlace>();
  readonly #revisions = new Map<string, RevisionPlace>();
  readonly #emergencies = new Map<string, EmergencyPlace>();

  add(log: EventLog): void {
    const event = grantCalls.parseLog({ topics: [...log.topics], data: log.data });
    if (event === null) return;
    const at = (name: string) => hexOf(event.args.getValue(name));
    switch (event.name) {
      case "Granted":
      case "Revoked": {
        const place = { subject: at("subject"), grantor: at("grantor"), grantee: at("grantee") };
        this.#grants.set(Object.values(place).join(), place);
        break;
      }
      case "RevokedAll": {
        const place = { subject: at("subject"), grantor: at("grantor") };
        this.#revisions.set(Object.values(place).join(), place);
        break;
      }
      case "EmergencyOpened":
      case "EmergencyClosed": {
        const place = { device: at("device"), responder: at("responder") };
        this.#emergencies.set(Object.values(place).join(), place);
        break;
      }
    }
  }

  /** What the places hold as of block `block`. @throws CHAIN_UNREACHABLE, CHAIN_RPC */
  async read(rpc: Rpc, contract: Hex, block: number): Promise<GrantUpdates> {
    const ask = async (name: string, values: readonly unknown[]) =>
      callContract(rpc, grantCalls, contract, name, values, block);

    const grant = async (place: GrantPlace): Promise<GrantUpdate> => {
      const { subject, grantor, grantee } = place;
      const stored = await ask("grantOf", [subject, grantor, grantee]);
      return { ...place, grant: storedGrantOf(stored) };
    };
    const revision = async (place: RevisionPlace): Promise<RevisionUpdate> => {
      const [count] = await ask("revisionOf", [place.subject, place.grantor]);
      return { ...place, revision: Number(count) };
    };
    const emergency = async (place: EmergencyPlace): Promise<EmergencyUpdate> => {
      const window = await ask("emergencyOf", [place.device, place.responder]);
      return {
        ...place,
        emergency: {
          grantor: hexOf(window.grantor),
          until: Number(window.until),
          ownerEpoch: Number(window.ownerEpoch),
          generation: Number(window.generation),
          ofFleet: Boolean(window.ofFleet),
        },
      };
    };
    return {
      grants: await eachInTurn([...this.#grants.values()], grant),
      revisions: await eachInTurn([...this.#revisions.values()], revision),
      emergencies: await eachInTurn([...this.#emergencies.values()], emergency),
    };
  }
}

async function eachInTurn<Item, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let i = 0; i < items.length; i += parallelReads) {
    results.push(...(await Promise.all(items.slice(i, i + parallelReads).map(read))));
  }
  return results;
}
