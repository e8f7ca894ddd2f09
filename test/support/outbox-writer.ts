import { fileOutbox } from "../../sdk/src/node/file-outbox.ts";

// Fills an outbox until it is killed; says each boot counter, and each sequence once it is kept.
const [folder = ""] = process.argv.slice(2);
const outbox = await fileOutbox(folder, { maxMessages: 200, compactBytes: 2000 });
const boot = await outbox.nextBoot();
process.stdout.write(`boot ${boot}\n`);
for (let counter = 1n; ; counter++) {
  const sequence = (BigInt(boot) << 32n) | counter;
  const bytes = new Uint8Array(1 + (Number(counter) % 300));
  await outbox.put({ keyIndex: 0, sequence, root: new Uint8Array(32), bytes });
  process.stdout.write(`put ${sequence}\n`);
  const oldest = outbox.entries()[0];
  if (outbox.entries().length > 50 && oldest !== undefined) {
    process.stdout.write(`remove ${oldest.sequence}\n`);
    await outbox.remove(oldest);
  }
}
