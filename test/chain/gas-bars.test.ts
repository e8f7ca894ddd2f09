import { ReadingConsumer__factory } from "@fieldseal/typechain";
import { expect } from "chai";
import { encodeBytes32String, type Wallet, ZeroHash } from "ethers";
import { p256Key } from "./support/device-keys.ts";
import { deployFieldseal, type Fieldseal, gasOf } from "./support/fixture.ts";
import { pathOf, rootOf } from "./support/merkle.ts";
import { messageLeaf, messageRootOf, readingOf, records, signFacts } from "./support/messages.ts";

const metric = encodeBytes32String("temperature/Cel");

describe("gas of whole transactions on osaka", () => {
  let fs: Fieldseal;
  let operators: Wallet[];

  before(async () => {
    fs = await deployFieldseal("osaka");
    operators = await fs.openLog(4, 3);
  });

  it("enrols an owner's first device within 116,000 and the second within 92,000", async () => {
    const { owner } = fs;
    const first = await gasOf(fs.enrol(owner, p256Key()));
    const second = await gasOf(fs.enrol(owner, p256Key()));
    expect(first).to.be.at.most(116_000);
    expect(second).to.be.at.most(92_000);
  });

  it("seals a checkpoint with 3 of 4 operators within 80,000 from the second on", async () => {
    await fs.seal(1n, rootOf([messageLeaf(aMessage())]), 1n, operators.slice(0, 3));
    for (let i = 0; i < 3; i++) {
      const { receipt } = await fs.seal(
        1n,
        ZeroHash.replace(/00/g, "a7"),
        100_000n,
        operators.slice(0, 3),
      );
      expect(Number(receipt.gasUsed)).to.be.at.most(80_000);
    }
  });

  it("uses a reading below 17 siblings within 57,000, and within 72,000 on the device's word", async () => {
    const key = p256Key();
    const list = [records(8, metric, 1_700_000_000_000n), records(8, metric, 1_700_000_100_000n)];
    const facts = list.map((content, i) => ({
      device: key.id,
      keyIndex: 0,
      sequence: (1n << 32n) + BigInt(i),
      messageRoot: messageRootOf(content),
    }));
    const others = Array.from({ length: 16_382 }, (_, i) =>
      messageLeaf({ ...aMessage(), sequence: BigInt(i) }),
    );
    const leaves = [...facts.map(messageLeaf), ...others];
    const { checkpoint } = await fs.seal(1n, rootOf(leaves), 16_384n, operators.slice(0, 3));
    const consumer = ReadingConsumer__factory.connect(
      await fs.deploy("ReadingConsumer", [await fs.log.getAddress(), 1n, key.id, metric]),
      fs.deployer,
    );
    const proofOf = (i: number, record: number) => ({
      checkpoint,
      message: { ...(facts[i] ?? aMessage()), index: BigInt(i), path: pathOf(leaves, i) },
      reading: readingOf(list[i] ?? [], record),
    });
    const domain = await fs.registry.messageDomain();
    const wordOf = (i: number) => ({
      key: key.public,
      signature: signFacts(key, facts[i] ?? aMessage(), domain),
    });
    await gasOf(consumer.take(proofOf(0, 0)));
    const plain = await gasOf(consumer.take(proofOf(0, 5)));
    const signed = await gasOf(consumer.takeSigned(proofOf(1, 5), wordOf(1)));
    expect(proofOf(0, 5).message.path.length + proofOf(0, 5).reading.path.length).to.equal(17);
    expect(plain).to.be.at.most(57_000);
    expect(signed).to.be.at.most(72_000);
  });
});

const aMessage = () => ({
  device: "0x00000000000000000000000000000000000000a1",
  keyIndex: 0,
  sequence: 1n,
  messageRoot: ZeroHash.replace(/00/g, "b1"),
});
