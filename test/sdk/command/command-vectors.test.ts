import { readFileSync } from "node:fs";
import {
  createCommandReceiver,
  deviceIdOf,
  fromHex,
  grantsDomain,
  hex,
  logDomain,
  memoryCommandJournal,
  type PublicKey,
  type Reading,
} from "@fieldseal/sdk";
import { verifySignature } from "@fieldseal/sdk/node";
import { expect } from "chai";
import { deployment } from "../../../scripts/generate/vectors/identities.ts";
import { decodePeerClaim } from "../../../sdk/src/node/peer/peer-statement.ts";

type CommandVector = Record<"device" | "challenge" | "operator" | "id" | "envelope", string>;
type PeerVector = { keyType: number; device: string; signed: string; extension: string };

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../sdk/vectors/${name}.json`, import.meta.url), "utf8"));

describe("golden vectors of commands and peers", () => {
  it("are commands that a lock obeys, with a clock and without", async () => {
    for (const vector of read("commands") as CommandVector[]) {
      const done: string[] = [];
      let drawn = 0;
      let published: readonly Reading[] = [];
      const { chainId, grants, log } = deployment;
      const challenge = fromHex(`0x${BigInt(vector.challenge).toString(16).padStart(32, "0")}`);
      const receiver = createCommandReceiver({
        device: vector.device as `0x${string}`,
        grants: grantsDomain(chainId, grants),
        log: logDomain(chainId, log),
        trust: () => ({ logId: 1n, epoch: 2, operators: [vector.operator], threshold: 1 }),
        clock: { nowMs: () => 1_700_000_030_000 },
        freshness:
          vector.challenge === "0"
            ? { kind: "clock", statementMaxAgeMs: 60_000, journal: memoryCommandJournal() }
            : {
                kind: "challenge",
                lifeMs: 60_000,
                random: () => (drawn++ === 0 ? challenge : new Uint8Array(16).fill(drawn)),
              },
        commands: {
          unlock: { act: ({ args }) => void done.push(`for ${args.seconds} s`) },
        },
        publish: async (readings) => {
          published = readings;
        },
      });
      const outcome = await receiver.receive(fromHex(vector.envelope));
      expect(outcome).to.deep.equal({ kind: "done", result: "done" });
      expect(done).to.deep.equal(["for 5 s"]);
      const id = published.find(({ name }) => name === "command-id");
      expect(id !== undefined && "data" in id && hex(id.data)).to.equal(vector.id);
    }
  });

  it("are extensions whose signature is the device's over the signed bytes", async () => {
    for (const vector of read("peers") as PeerVector[]) {
      const claim = decodePeerClaim(fromHex(vector.extension));
      const key: PublicKey = claim.key;
      expect(key.keyType).to.equal(vector.keyType);
      expect([claim.device, deviceIdOf(key)]).to.deep.equal([vector.device, vector.device]);
      expect(await verifySignature(key, fromHex(vector.signed), claim.signature)).to.equal(true);
    }
  });
});
