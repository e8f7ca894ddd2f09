import { expect } from "chai";
import { type DIDResolutionResult, Resolver } from "did-resolver";
import { BrowserProvider, ZeroAddress } from "ethers";
import { getResolver } from "ethr-did-resolver";
import { type DeviceKey, p256Key } from "./support/device-keys.ts";
import { deployFieldseal, FAR, type Fieldseal, softKey } from "./support/fixture.ts";
import { acceptTypes, rotateTypes, transferTypes, typedBytes } from "./support/typed-data.ts";

const chainId = "0x7a69";
const weekS = 7 * 86_400;

/** `ethr-did-resolver` as its package ships it, asking this registry. */
async function resolverOf(fs: Fieldseal) {
  const provider = new BrowserProvider(fs.connection.provider, "any", { cacheTimeout: -1 });
  const registry = await fs.registry.getAddress();
  // By the name that takes any provider: the package is typed for ethers' CommonJS build.
  const network = { chainId, registry, web3: { currentProvider: provider } };
  const resolver = new Resolver(getResolver({ networks: [network] }));
  return (device: string, chain = chainId) => resolver.resolve(`did:ethr:${chain}:${device}`);
}

/** The controller's account and the keys of a document, which are those that devices' signatures are checked by. */
function contentsOf({ didDocument, didDocumentMetadata }: DIDResolutionResult) {
  const methods = didDocument?.verificationMethod ?? [];
  const controller = methods.find(({ id }) => id.endsWith("#controller"));
  const keys = methods.filter(({ id }) => /#delegate-\d+$/.test(id));
  const asserting = new Set<unknown>(didDocument?.assertionMethod);
  return {
    controller: controller?.blockchainAccountId,
    keys: keys.map(({ publicKeyHex }) => publicKeyHex),
    areAsserting: keys.every(({ id }) => asserting.has(id)),
    deactivated: didDocumentMetadata.deactivated === true,
  };
}

/** A document of `owner` whose keys are exactly `keys`. */
const documentOf = (owner: { address: string }, ...keys: DeviceKey[]) => ({
  controller: `eip155:31337:${owner.address}`,
  keys: keys.map(({ public: { x, y } }) => `04${x.slice(2)}${y.slice(2)}`),
  areAsserting: true,
  deactivated: false,
});

const nobody = { controller: undefined, keys: [], areAsserting: true, deactivated: true };

/** Rotation and sale of a device, with all signatures. */
function changesOf(fs: Fieldseal) {
  const { registry, registryDomain } = fs;
  const stateOf = async (device: string) => ({
    nonce: await registry.nonceOf(device, 0),
    ownerEpoch: (await registry.device(device)).ownerEpoch,
  });
  return {
    async rotate(owner: Fieldseal["owner"], device: string, current: DeviceKey, next: DeviceKey) {
      const { nonce, ownerEpoch } = await stateOf(device);
      const keyIndex = (await registry.device(device)).keyIndex + 1n;
      const rotation = { device, compromised: false, nonce, deadline: FAR };
      const facts = { ...rotation, ...next.public, keyIndex, ownerEpoch };
      const word = current.signAction(typedBytes(registryDomain, rotateTypes, facts));
      const argument = { ...rotation, current: current.public, next: next.public };
      await registry.connect(owner).rotate(argument, word, "0x");
    },
    async sell(
      owner: Fieldseal["owner"],
      device: string,
      key: DeviceKey,
      buyer: Fieldseal["owner"],
    ) {
      const { nonce, ownerEpoch } = await stateOf(device);
      const to = buyer.address;
      const sale = { device, to, ownerEpoch, nonce, deadline: FAR };
      const word = key.signAction(typedBytes(registryDomain, transferTypes, sale));
      const accepted = await buyer.signTypedData(registryDomain, acceptTypes, sale);
      const write = registry.connect(owner);
      await write.transfer(device, key.public, to, nonce, FAR, word, "0x", accepted);
    },
  };
}

describe("a device's DID, as the unmodified ethr-did-resolver resolves it (property 13)", () => {
  it("follows enrolment, rotation, transfer, recovery and retirement", async () => {
    const fs = await deployFieldseal("osaka");
    const { owner, buyer, registry, ethers } = fs;
    const resolve = await resolverOf(fs);
    const { rotate, sell } = changesOf(fs);
    const [first, second, third] = [p256Key(), softKey(1), p256Key()];
    const device = first.id;
    const document = async () => contentsOf(await resolve(device));
    const aWeekLater = () => ethers.provider.send("evm_increaseTime", [weekS]);

    await fs.enrol(owner, first);
    expect(await document()).to.deep.equal(documentOf(owner, first));

    await registry.connect(owner).suspend(device);
    await registry.connect(owner).resume(device);
    await rotate(owner, device, first, second);
    expect(await document()).to.deep.equal(documentOf(owner, second));

    await sell(owner, device, second, buyer);
    expect(await document()).to.deep.equal(documentOf(buyer, second));
    expect(await registry.identityOwner(device)).to.equal(buyer.address);

    await registry.connect(buyer).announceKeyRecovery(device, third.public, true);
    await aWeekLater();
    expect(await document()).to.deep.equal(documentOf(buyer, second));
    await registry.connect(buyer).completeKeyRecovery(device, second.public, third.public);
    expect(await document()).to.deep.equal(documentOf(buyer, third));

    await registry.connect(buyer).announceTransfer(device, third.public, owner.address);
    await aWeekLater();
    await registry.connect(owner).completeTransfer(device);
    expect(await document()).to.deep.equal(documentOf(owner, third));

    // A key that was current before may be so again.
    await rotate(owner, device, third, first);
    expect(await document()).to.deep.equal(documentOf(owner, first));

    await registry.connect(owner).retire(device);
    expect(await document()).to.deep.equal(nobody);
  });

  it("is whole when everything happens in one block", async () => {
    const fs = await deployFieldseal("osaka");
    const { owner, registry, ethers } = fs;
    const resolve = await resolverOf(fs);
    const [kept, ended] = [softKey(2), softKey(3)];
    await ethers.provider.send("evm_setAutomine", [false]);
    await fs.enrol(owner, kept);
    await fs.enrol(owner, ended);
    await registry.connect(owner).retire(ended.id, { gasLimit: 300_000 });
    await ethers.provider.send("evm_mine", []);
    await ethers.provider.send("evm_setAutomine", [true]);
    expect(contentsOf(await resolve(kept.id))).to.deep.equal(documentOf(owner, kept));
    expect(contentsOf(await resolve(ended.id))).to.deep.equal(nobody);
  });

  it("names its chain in hex: with a decimal chain id the resolver knows no such network", async () => {
    const fs = await deployFieldseal("osaka");
    const resolve = await resolverOf(fs);
    const decimal = await resolve(softKey(1).id, "31337");
    expect(decimal.didResolutionMetadata.error).to.equal("unknownNetwork");
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
