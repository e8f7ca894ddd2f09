import { expect } from "chai";
import { decodeBytes32String, Interface, type Log, ZeroAddress, zeroPadValue } from "ethers";
import { type DeviceKey, p256Key } from "./support/device-keys.ts";
import { deployFieldseal, FAR, type Fieldseal, softKey } from "./support/fixture.ts";
import { acceptTypes, rotateTypes, transferTypes, typedBytes } from "./support/typed-data.ts";

/** The interface that ethr-did-resolver decodes with: events of ERC-1056, nothing of ours. */
const erc1056 = new Interface([
  "event DIDOwnerChanged(address indexed identity, address owner, uint256 previousChange)",
  "event DIDAttributeChanged(address indexed identity, bytes32 name, bytes value, uint256 validTo, uint256 previousChange)",
  "event DIDDelegateChanged(address indexed identity, bytes32 delegateType, address delegate, uint256 validTo, uint256 previousChange)",
]);

/** Walks `changed` and `previousChange` back, as ethr-did-resolver does; oldest event first. */
async function historyOf(fs: Fieldseal, device: string) {
  const history: { name: string; args: Record<string, unknown> }[] = [];
  let block: bigint | null = await fs.registry.changed(device);
  while (block !== null && block !== 0n) {
    const here: bigint = block;
    const logs: Log[] = await fs.ethers.provider.getLogs({
      address: await fs.registry.getAddress(),
      topics: [null, zeroPadValue(device, 32)],
      fromBlock: here,
      toBlock: here,
    });
    block = null;
    for (const log of logs.reverse()) {
      const event = erc1056.parseLog(log);
      if (event === null) continue;
      history.unshift({ name: event.name, args: event.args.toObject() });
      const previous = event.args.previousChange as bigint;
      if (previous < here) block = previous;
    }
  }
  return history;
}

/** What a DID document would list: the controller, and keys by type and value. */
async function resolve(fs: Fieldseal, device: string) {
  let controller = device;
  const keys = new Map<string, string>();
  for (const { name, args } of await historyOf(fs, device)) {
    if (name === "DIDOwnerChanged") {
      controller = args.owner as string;
      if (controller === ZeroAddress) return { controller, keys: [] };
    }
    if (name === "DIDAttributeChanged") {
      const attribute = decodeBytes32String(args.name as string);
      const value = args.value as string;
      if (args.validTo === 0n) keys.delete(`${attribute} ${value}`);
      else keys.set(`${attribute} ${value}`, attribute);
    }
  }
  return { controller, keys: [...keys.keys()] };
}

const attributeOf = ({ public: key }: DeviceKey) =>
  `did/pub/${key.keyType === 2 ? "Secp256r1" : "Secp256k1"}/veriKey/hex 0x04${key.x.slice(2)}${key.y.slice(2)}`;

describe("a device's DID, read as ethr-did-resolver reads it (property 13)", () => {
  it("follows enrolment, rotation, transfer and retirement through an unbroken chain of changes", async () => {
    const fs = await deployFieldseal("osaka");
    const { owner, buyer } = fs;
    const [first, second] = [p256Key(), softKey(1)];
    await fs.enrol(owner, first);
    expect(await resolve(fs, first.id)).to.deep.equal({
      controller: owner.address,
      keys: [attributeOf(first)],
    });

    await fs.registry.connect(owner).suspend(first.id);
    await fs.registry.connect(owner).resume(first.id);
    const rotation = { device: first.id, compromised: false, nonce: 0n, deadline: FAR };
    await fs.registry.connect(owner).rotate(
      { ...rotation, current: first.public, next: second.public },
      first.signAction(
        typedBytes(fs.registryDomain, rotateTypes, {
          ...rotation,
          ...second.public,
          keyIndex: 1,
          ownerEpoch: 0,
        }),
      ),
      "0x",
    );
    expect((await resolve(fs, first.id)).keys).to.deep.equal([attributeOf(second)]);

    const sale = { device: first.id, to: buyer.address, nonce: 1n, deadline: FAR };
    const word = second.signAction(
      typedBytes(fs.registryDomain, transferTypes, { ...sale, ownerEpoch: 0 }),
    );
    const accepted = await buyer.signTypedData(fs.registryDomain, acceptTypes, {
      ...sale,
      ownerEpoch: 0,
    });
    await fs.registry
      .connect(owner)
      .transfer(first.id, second.public, buyer.address, 1n, FAR, word, "0x", accepted);
    expect(await resolve(fs, first.id)).to.deep.equal({
      controller: buyer.address,
      keys: [attributeOf(second)],
    });
    expect(await fs.registry.identityOwner(first.id)).to.equal(buyer.address);

    await fs.registry.connect(buyer).retire(first.id);
    expect((await resolve(fs, first.id)).controller).to.equal(ZeroAddress);
    expect(await historyOf(fs, first.id)).to.have.length(6);
  });

  it("is whole when everything happens in one block", async () => {
    const fs = await deployFieldseal("osaka");
    const { owner } = fs;
    const key = softKey(2);
    const { provider } = fs.connection;
    await provider.request({ method: "evm_setAutomine", params: [false] });
    await fs.enrol(owner, key);
    await fs.registry.connect(owner).retire(key.id, { gasLimit: 300_000 });
    await provider.request({ method: "evm_mine", params: [] });
    await provider.request({ method: "evm_setAutomine", params: [true] });
    expect((await historyOf(fs, key.id)).map(({ name }) => name)).to.deep.equal([
      "DIDOwnerChanged",
      "DIDAttributeChanged",
      "DIDOwnerChanged",
    ]);
  });

  it("names an unknown identity's owner as itself, and nothing else", async () => {
    const fs = await deployFieldseal("osaka");
    const { id } = softKey(3);
    expect((await fs.registry.identityOwner(id)).toLowerCase()).to.equal(id);
    expect(await fs.registry.owners(id)).to.equal(ZeroAddress);
    expect(await fs.registry.changed(id)).to.equal(0n);
  });

  it("is what tokenURI says, without leading zeros in the chain id", async () => {
    const fs = await deployFieldseal("osaka");
    const { owner } = fs;
    const key = softKey(4);
    await fs.enrol(owner, key);
    expect(await fs.registry.tokenURI(BigInt(key.id))).to.equal(`did:ethr:0x7a69:${key.id}`);
    expect(await fs.registry.supportsInterface("0x80ac58cd")).to.equal(true);
    expect(await fs.registry.supportsInterface("0xb45a3c0e")).to.equal(true);
    expect(await fs.registry.supportsInterface("0xffffffff")).to.equal(false);
  });
});
