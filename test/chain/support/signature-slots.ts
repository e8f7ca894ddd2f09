import {
  type ActionTypes,
  acceptTypes,
  adoptClaimsTypes,
  adoptManyTypes,
  adoptTypes,
  checkpointTypes,
  claimTypes,
  committeeChangeTypes,
  enrolTypes,
  grantManyTypes,
  revokeAllTypes,
  revokeTypes,
  rotateTypes,
  storedTypes,
  transferTypes,
  vetoTypes,
  vouchTypes,
} from "@fieldseal/sdk";
import { AccessGrants__factory } from "@fieldseal/typechain";
import { concat, dataSlice, sha256, solidityPacked, type TypedDataDomain, ZeroHash } from "ethers";
import type { DeviceKey } from "./device-keys.ts";
import { deployFieldseal, FAR, type Fieldseal } from "./fixture.ts";
import { leafHash, pathOf, rootOf } from "./merkle.ts";
import { typedBytes } from "./typed-data.ts";

/** What somebody signs. One device key and one account sign everything, so that nothing but the typed data tells one signature from another. */
export type Action = {
  readonly name: string;
  readonly signer: "device" | "account";
  readonly domain: TypedDataDomain;
  readonly types: ActionTypes;
  readonly value: Record<string, unknown>;
};

/** A place where a contract takes a signature: the action that it wants there, and the call, good but for that signature. */
export type Slot = Action & {
  /** The error that another signature leads to. */
  readonly refusal: string;
  /** Tries the call out. @param word r ‖ s ‖ v */
  call(word: string): Promise<unknown>;
};

const serial = sha256("0x5e");
const home = 1n;
const weekS = 7 * 86_400;

const manifestLeaf = ({ public: key }: DeviceKey) =>
  leafHash(
    solidityPacked(["bytes32", "uint8", "bytes32", "bytes32"], [serial, key.keyType, key.x, key.y]),
  );

const deviceWord = (word: string) => ({ r: dataSlice(word, 0, 32), s: dataSlice(word, 32, 64) });

/** Everything that a signature may be sent as: device signatures with either recovery id, account signatures as they are. */
export async function signAction(
  { signer, domain, types, value }: Action,
  key: DeviceKey,
  account: Fieldseal["owner"],
): Promise<string[]> {
  if (signer === "account") return [await account.signTypedData(domain, types, value)];
  const { r, s } = key.signAction(typedBytes(domain, types, value));
  return ["0x1b", "0x1c"].map((v) => concat([r, s, v]));
}

/**
 * A chain on which every slot's call is good at once: `key` is the genesis key of a device not enrolled yet and the
 * current key of one that is, which has a manifest and a pending recovery; `account` owns, buys, makes and grants.
 */
export async function signatureSlots(genesis: DeviceKey, key: DeviceKey, next: DeviceKey) {
  const fs = await deployFieldseal("osaka");
  const { registry, owner: account, registryDomain: domain } = fs;
  const party = account.address;
  const mine = registry.connect(account);
  const leaves = [genesis, key].map(manifestLeaf);
  await mine.commitManifest(rootOf(leaves), leaves.length, 3, "");
  const device = genesis.id;
  const itemOf = (of: DeviceKey, position: number, word: string) => ({
    key: of.public,
    serial,
    position,
    path: pathOf(leaves, position),
    signature: deviceWord(word),
  });

  const entry = { owner: party, home, deadline: FAR };
  const origin = { manifest: 1n, manufacturer: party };
  const act = (
    name: string,
    signer: Action["signer"],
    types: ActionTypes,
    value: Record<string, unknown>,
  ): Action => ({ name, signer, domain, types, value });
  const wordOf = async (action: Action, by = key) => {
    const [word = ""] = await signAction(action, by, account);
    return word;
  };

  const claimed = act("claim", "device", claimTypes, { device, ...entry, ...origin });
  await mine.claim(1n, party, home, FAR, itemOf(genesis, 0, await wordOf(claimed, genesis)), "0x");
  const rotationOf = (current: DeviceKey, to: DeviceKey, keyIndex: number) => {
    const facts = { device, compromised: false, nonce: BigInt(keyIndex - 1), deadline: FAR };
    return {
      argument: { ...facts, current: current.public, next: to.public },
      value: { ...facts, ...to.public, keyIndex, ownerEpoch: 0 },
    };
  };
  const first = rotationOf(genesis, key, 1);
  const firstWord = await wordOf(act("first", "device", rotateTypes, first.value), genesis);
  await mine.rotate(first.argument, deviceWord(firstWord), "0x");
  await mine.announceTransfer(device, key.public, party);
  await fs.ethers.provider.send("evm_increaseTime", [weekS]);

  const second = rotationOf(key, next, 2);
  const sale = { device, to: party, ownerEpoch: 0, nonce: 1n, deadline: FAR };
  const { id: recovery } = await registry.recoveryOf(device);
  const newcomer = { device: key.id, ...entry };
  const newcomers = { devices: [key.id], ...entry };
  const actions = {
    enrol: act("Enrol", "device", enrolTypes, newcomer),
    adopt: act("Adopt", "account", adoptTypes, newcomer),
    adoptMany: act("AdoptMany", "account", adoptManyTypes, newcomers),
    claim: act("Claim", "device", claimTypes, { ...newcomer, ...origin }),
    adoptClaims: act("AdoptClaims", "account", adoptClaimsTypes, { ...newcomers, ...origin }),
    rotate: act("Rotate", "device", rotateTypes, second.value),
    ownerRotates: act("Rotate by the owner", "account", rotateTypes, second.value),
    transfer: act("Transfer", "device", transferTypes, sale),
    ownerTransfers: act("Transfer by the owner", "account", transferTypes, sale),
    accept: act("Accept", "account", acceptTypes, sale),
    vouch: act("Vouch", "account", vouchTypes, {
      device,
      keyIndex: 1,
      keyId: key.id,
      attestation: 3,
      ownerEpoch: 0,
      nonce: 0n,
      deadline: FAR,
    }),
    veto: act("Veto", "device", vetoTypes, { ...sale, recovery }),
  };
  const good = Object.fromEntries(
    await Promise.all(
      Object.entries(actions).map(async ([name, action]) => [name, await wordOf(action)]),
    ),
  ) as Record<keyof typeof actions, string>;

  // A relayer sends everything: each account's word is its signature.
  const { enrolFor, enrolMany, claim, claimMany, rotate, transfer, vouch, veto } = registry;
  const tryEnrolFor = (word: string, owner: string) =>
    enrolFor.staticCall(party, key.public, home, FAR, deviceWord(word), owner);
  const tryEnrolMany = (word: string, owner: string) => {
    const items = [{ key: key.public, signature: deviceWord(word) }];
    return enrolMany.staticCall(party, home, FAR, items, owner);
  };
  const tryClaim = (word: string, owner: string) =>
    claim.staticCall(1n, party, home, FAR, itemOf(key, 1, word), owner);
  const tryClaimMany = (word: string, owner: string) =>
    claimMany.staticCall(1n, party, home, FAR, [itemOf(key, 1, word)], owner);
  const tryRotate = (word: string, owner: string) =>
    rotate.staticCall(second.argument, deviceWord(word), owner);
  const tryTransfer = (word: string, owner: string, to: string) => {
    const words = [deviceWord(word), owner, to] as const;
    return transfer.staticCall(device, key.public, party, 1n, FAR, ...words);
  };

  const ofDevice = (action: Action, call: Slot["call"]): Slot => ({
    ...action,
    refusal: "RegistryDeviceSignature",
    call,
  });
  const ofOwner = (action: Action, call: Slot["call"]): Slot => ({
    ...action,
    refusal: "RegistryOwnerSignature",
    call,
  });
  const registrySlots: Slot[] = [
    ofDevice(actions.enrol, (word) => tryEnrolFor(word, good.adopt)),
    ofOwner(actions.adopt, (word) => tryEnrolFor(good.enrol, word)),
    ofDevice(actions.enrol, (word) => tryEnrolMany(word, good.adoptMany)),
    ofOwner(actions.adoptMany, (word) => tryEnrolMany(good.enrol, word)),
    ofDevice(actions.claim, (word) => tryClaim(word, good.adoptClaims)),
    ofOwner(actions.adoptClaims, (word) => tryClaim(good.claim, word)),
    ofDevice(actions.claim, (word) => tryClaimMany(word, good.adoptClaims)),
    ofOwner(actions.adoptClaims, (word) => tryClaimMany(good.claim, word)),
    ofDevice(actions.rotate, (word) => tryRotate(word, good.ownerRotates)),
    ofOwner(actions.ownerRotates, (word) => tryRotate(good.rotate, word)),
    ofDevice(actions.transfer, (word) => tryTransfer(word, good.ownerTransfers, good.accept)),
    ofOwner(actions.ownerTransfers, (word) => tryTransfer(good.transfer, word, good.accept)),
    {
      ...actions.accept,
      refusal: "RegistryRecipientSignature",
      call: (word) => tryTransfer(good.transfer, good.ownerTransfers, word),
    },
    {
      ...actions.vouch,
      refusal: "RegistryManufacturerSignature",
      call: (word) => vouch.staticCall(device, 1, 3, 0n, FAR, word),
    },
    ofDevice(actions.veto, (word) =>
      veto.staticCall(device, key.public, 1n, FAR, deviceWord(word)),
    ),
  ];
  return { fs, account, slots: [...registrySlots, ...(await grantSlots(fs, device))] };
}

/** The slots of AccessGrants, by which `device`'s owner grants. */
async function grantSlots(fs: Fieldseal, device: string): Promise<Slot[]> {
  const { owner: account, buyer } = fs;
  const grantor = account.address;
  const address = await fs.deploy("AccessGrants", [await fs.registry.getAddress()]);
  const grants = AccessGrants__factory.connect(address, fs.deployer);
  const domain = {
    name: "Fieldseal AccessGrants",
    version: "1",
    chainId: fs.registryDomain.chainId,
    verifyingContract: address,
  };
  const grantee = buyer.address;
  const terms = [
    { subject: device, grantee, permissions: 1n, from: 0n, until: FAR, purpose: ZeroHash },
  ];
  await grants.connect(account).grantMany(terms);
  const last = { nonce: 0n, deadline: FAR };
  const slot = (
    name: string,
    types: ActionTypes,
    value: Record<string, unknown>,
    call: Slot["call"],
  ): Slot => ({
    name,
    signer: "account",
    domain,
    types,
    value,
    refusal: "GrantsSignature",
    call,
  });
  const { grantBySignature, revokeBySignature, revokeAllBySignature } = grants;
  return [
    slot("GrantMany", grantManyTypes, { grantor, terms, ownerEpochs: [0], ...last }, (word) =>
      grantBySignature.staticCall(grantor, terms, [0], 0n, FAR, word),
    ),
    slot("Revoke", revokeTypes, { subject: device, grantor, grantee, ...last }, (word) =>
      revokeBySignature.staticCall(device, grantor, grantee, 0n, FAR, word),
    ),
    slot("RevokeAll", revokeAllTypes, { subject: device, grantor, ...last }, (word) =>
      revokeAllBySignature.staticCall(device, grantor, 0n, FAR, word),
    ),
  ];
}

/** What the account signs as an operator: good nowhere here. */
export function operatorActions({ logDomain: domain }: Fieldseal): Action[] {
  const sealed = { logId: 1n, index: 0n, previous: ZeroHash, epoch: 0, root: ZeroHash, size: 1n };
  const stored = { logId: 1n, epoch: 0, root: ZeroHash, storedAt: 0n, deadline: FAR };
  const change = { logId: 1n, epoch: 1, operatorsHash: ZeroHash, threshold: 1 };
  const by = { signer: "account", domain } as const;
  return [
    { name: "Checkpoint", ...by, types: checkpointTypes, value: { ...sealed, judgedBlock: 1n } },
    { name: "CommitteeChange", ...by, types: committeeChangeTypes, value: change },
    { name: "Stored", ...by, types: storedTypes, value: stored },
  ];
}
