import {
  checkpointLeaf,
  fromHex,
  hex,
  leafHash,
  readingLogAbi,
  type SignedFacts,
  treeRoot,
} from "@fieldseal/sdk";
import { Contract } from "ethers";
import type { TestDeployment } from "./deployment.ts";
import { until } from "./until.ts";

type Listed = {
  readonly device: `0x${string}`;
  readonly keyIndex: number;
  readonly sequence: string;
  readonly root: string;
};

/** A name for a message's identity. */
export const identityOf = ({ device, keyIndex, sequence }: SignedFacts): string =>
  `${device}:${keyIndex}:${sequence}`;

/** What the chain holds: the messages of every checkpoint, by identity. */
export type SealedLog = {
  readonly checkpoints: number;
  /** Roots by identity. */
  readonly messages: ReadonlyMap<string, string>;
};

async function messagesOf(http: string, index: bigint): Promise<SignedFacts[]> {
  const text = await until(
    `reading checkpoint ${index}`,
    async () => {
      const response = await fetch(`${http}/v1/checkpoints/${index}/messages`);
      if (response.status === 429) return undefined;
      if (!response.ok) throw new Error(`checkpoint ${index}: ${await response.text()}`);
      return response.text();
    },
    90_000,
  );
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const { device, keyIndex, sequence, root } = JSON.parse(line) as Listed;
    return { device, keyIndex, sequence: BigInt(sequence), root: fromHex(root, 32) };
  });
}

async function sealedEvents({ provider, log, logId }: TestDeployment) {
  const contract = new Contract(log, readingLogAbi, provider);
  const filter = contract.getEvent("CheckpointSealed")(logId);
  const events = await contract.queryFilter(filter, 0, "latest");
  return events.map((event) => {
    const sealed = contract.interface.parseLog(event);
    if (sealed === null) throw new Error("no CheckpointSealed event");
    const { index, root, size } = sealed.args;
    return { index: BigInt(index), root: String(root), size: BigInt(size) };
  });
}

/** How many messages the chain's checkpoints say that they hold. */
export async function countSealed(deployment: TestDeployment): Promise<number> {
  return (await sealedEvents(deployment)).reduce((sum, { size }) => sum + Number(size), 0);
}

/**
 * Reads all checkpoints from the chain's events and their messages over HTTP.
 * @throws Error if an index is missing or there twice, if the messages do not give a checkpoint's root, or if a
 * message is in two places
 */
export async function checkSealed(deployment: TestDeployment, http: string): Promise<SealedLog> {
  const events = await sealedEvents(deployment);
  const messages = new Map<string, string>();
  for (const [expected, { index, root, size }] of events.entries()) {
    if (index !== BigInt(expected)) throw new Error(`checkpoint ${index} at place ${expected}`);
    const facts = await messagesOf(http, index);
    const found = hex(treeRoot(facts.map((one) => leafHash(checkpointLeaf(one)))));
    if (BigInt(facts.length) !== size || found !== root) {
      throw new Error(`checkpoint ${index}: ${facts.length} messages give ${found}, not ${root}`);
    }
    for (const one of facts) {
      const identity = identityOf(one);
      if (messages.has(identity)) throw new Error(`${identity} is sealed twice`);
      messages.set(identity, hex(one.root));
    }
  }
  return { checkpoints: events.length, messages };
}
