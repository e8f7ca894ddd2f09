import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeviceClient } from "@fieldseal/sdk";
import { fileOutbox } from "@fieldseal/sdk/node";
import { expect } from "chai";
import fc from "fast-check";
import { domain, handClock, logId, newDevice, receiptDomain } from "../../oracle/broker/fixture.ts";
import { fakeMqtt } from "./fake-mqtt.ts";

describe("sequences of a device", () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "sequences-"));
  });
  after(() => rm(root, { recursive: true, force: true }));

  it("are strictly increasing under each key, over any restarts, crashes and rotations", async () => {
    const keys = [newDevice(1), newDevice(1)] as const;
    const { device } = keys[0];
    const clock = handClock();
    let folders = 0;
    type Action = "send" | "restart" | "crash" | "rotate";
    const actions = fc.array(
      fc.constantFrom<Action>("send", "send", "restart", "crash", "rotate"),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(actions, async (steps) => {
        let folder = join(root, `run-${folders++}`);
        let keyIndex: 0 | 1 = 0;
        const open = async () => {
          const outbox = await fileOutbox(folder);
          const client = await DeviceClient.start({
            device,
            signer: keys[keyIndex].signer,
            keyIndex,
            domain,
            log: { domain: receiptDomain, logId, operators: [] },
            mqtt: fakeMqtt().mqtt,
            outbox,
            clock,
            random: (length) => new Uint8Array(length),
          });
          return { outbox, client };
        };
        let { outbox, client } = await open();
        const used: bigint[][] = [[], []];
        let kept = 0;
        for (const step of steps) {
          if (step === "send") {
            const { sequence } = await client.send([{ name: "count", value: kept }]);
            used[keyIndex]?.push(sequence);
            kept += 1;
          } else if (step === "rotate") {
            keyIndex = keyIndex === 0 ? 1 : 0;
            await client.rotateTo(keys[keyIndex].signer, keyIndex);
          } else {
            const next = step === "crash" ? join(root, `run-${folders++}`) : folder;
            // A crash leaves the files as they are now and the old process its own copy.
            const filter = (path: string) => !path.includes("lock.db");
            if (next !== folder) await cp(folder, next, { recursive: true, filter });
            await client.close();
            await outbox.close();
            folder = next;
            ({ outbox, client } = await open());
            expect(client.pending).to.equal(kept);
          }
        }
        await client.close();
        await outbox.close();
        for (const sequences of used) {
          const sorted = [...new Set(sequences)].sort((a, b) => (a < b ? -1 : 1));
          expect(sequences).to.deep.equal(sorted);
        }
      }),
      { numRuns: 25 },
    );
  });
});
