import { hex, type SignedFacts, utf8 } from "@fieldseal/sdk";
import { expect } from "chai";
import fc from "fast-check";
import { domain, vectorSigner } from "../../scripts/generate/vectors/identities.ts";
import { makeMessages } from "../../scripts/generate/vectors/messages.ts";
import { enrol, ingestFixture, removeFolders } from "../oracle/ingest/fixture.ts";
import { fastRandom, mutateBytes } from "../support/mutate-bytes.ts";

const count = Number(process.env.FIELDSEAL_TEST_FUZZ ?? 20_000);
const seed = Number(process.env.FIELDSEAL_TEST_SEED ?? 1);
const atOnce = 256;

const identityOf = ({ device, keyIndex, sequence }: SignedFacts) =>
  `${device}/${keyIndex}/${sequence}`;

describe(`${count} mutated messages, seed ${seed}`, function () {
  this.timeout(120_000 + count * 5);
  after(removeFolders);

  it("are refused, or are one of the signed messages in another spelling; none is a defect or hangs", async () => {
    const fixture = await ingestFixture({
      messageDomain: domain,
      limits: { clientRate: 1e9, clientBurst: 1e9, refusalCost: 1 },
    });
    for (const keyType of [1, 2] as const) {
      for (const name of ["first", "second"] as const) {
        await enrol(fixture.store, { keyType, signer: vectorSigner(keyType, name).signer });
      }
    }
    await fixture.follow();
    const signed = await makeMessages();
    const roots = new Map(signed.map(({ message }) => [identityOf(message), hex(message.root)]));
    const messages = signed.map(({ bytes }) => Buffer.from(bytes));
    const random = fastRandom(seed);
    const codes = new Map<string, number>();
    let accepted = 0;

    const submit = async (bytes: Uint8Array) => {
      const outcome = await fixture.ingest.submit({ bytes, source: "mqtt", client: "fuzz" });
      if (outcome.kind === "refused") {
        codes.set(outcome.code, (codes.get(outcome.code) ?? 0) + 1);
        return;
      }
      accepted++;
      const meant = roots.get(identityOf(outcome.facts));
      expect(meant, `accepted ${Buffer.from(bytes).toString("hex")}`).to.equal(
        hex(outcome.facts.root),
      );
    };
    for (let done = 0; done < count; done += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, count - done) }, () =>
        mutateBytes(messages, random),
      );
      await Promise.all(some.map(submit));
    }
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 9000 }),
      fc.json().map(utf8),
      // What begins as a message does and goes on as nobody would write it.
      fc
        .tuple(fc.nat(messages.length - 1), fc.nat(200), fc.uint8Array({ maxLength: 300 }))
        .map(([at, kept, rest]) =>
          Buffer.concat([messages[at]?.subarray(0, kept) ?? Buffer.alloc(0), rest]),
        ),
    );
    await fc.assert(fc.asyncProperty(anything, submit), { numRuns: Math.ceil(count / 20), seed });

    expect([...codes.keys()]).to.not.include("INTERNAL");
    expect([...codes.keys()]).to.not.include("MESSAGE_CONFLICT");
    expect(codes.get("SIGNATURE_INVALID"), "some reach the signature").to.be.greaterThan(
      count / 1000,
    );

    const before = accepted;
    await Promise.all(messages.map(submit));
    expect(accepted - before, "what was not changed").to.equal(messages.length);
    const stored = await fixture.store.read
      .selectFrom("messages")
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    expect(Number(stored.count)).to.equal(roots.size);
    await fixture.close();
  });
});
