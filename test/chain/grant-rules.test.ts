import { allowedBy, type Emergency, type GrantReads, type StoredGrant } from "@fieldseal/sdk";
import { AccessGrants__factory } from "@fieldseal/typechain";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { seededRandom } from "../support/seeded.ts";
import { deployFieldseal, FAR, softKey } from "./support/fixture.ts";
import { everybody, GrantsModel, noEnd } from "./support/grants-model.ts";
import { acceptTypes, transferTypes, typedBytes } from "./support/typed-data.ts";

type Hex = `0x${string}`;
const lower = (address: string) => address.toLowerCase() as Hex;
const at = (...names: string[]) => names.join();

/** Bits that questions and grants are about: alone, together, reserved, none, an application's. */
const bits = [1n, 2n, 3n, 16n, 17n, 19n, 32n, 33n, 51n, 1n << 39n, 0n, 64n];

/** Two devices and a few accounts on a fresh chain, the model, and a copy of what the contract stores. */
async function startWorld(seed: string) {
  const fs = await deployFieldseal("osaka");
  const { ethers, registry } = fs;
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => {
    const chosen = list[Math.floor(random() * list.length)];
    if (chosen === undefined) throw new Error("picked from an empty list");
    return chosen;
  };
  const contract = AccessGrants__factory.connect(
    await fs.deploy("AccessGrants", [await registry.getAddress()]),
    fs.deployer,
  );
  const signers = new Map(
    (await ethers.getSigners()).slice(1, 6).map((signer) => [lower(signer.address), signer]),
  );
  const accounts = [...signers.keys()];
  const signerOf = (account: string) => {
    const signer = signers.get(lower(account));
    if (signer === undefined) throw new Error(`nobody signs for ${account}`);
    return signer;
  };
  const [owner, buyer] = accounts;
  if (owner === undefined || buyer === undefined) throw new Error("too few accounts");
  const keys = [softKey(1), softKey(2)];
  const devices = keys.map(({ id }) => lower(id));
  const model = new GrantsModel();
  for (const key of keys) {
    await fs.enrol(signerOf(owner), key);
    model.owners.set(lower(key.id), owner);
  }

  const grants = new Map<string, StoredGrant>();
  const revisions = new Map<string, number>();
  const emergencies = new Map<string, Emergency>();
  const reads: GrantReads = {
    grantOf: (...place) => grants.get(at(...place)),
    revisionOf: (...place) => revisions.get(at(...place)) ?? 0,
    emergencyOf: (...place) => emergencies.get(at(...place)),
  };
  /** Copies the place, as a follower does on an event. */
  const copyGrant = async (subject: Hex, grantor: Hex, grantee: Hex) => {
    const stored = await contract.grantOf(subject, grantor, grantee);
    grants.set(at(subject, grantor, grantee), {
      permissions: stored.permissions,
      from: Number(stored.from),
      until: Number(stored.until),
      revision: Number(stored.revision),
      ownerEpoch: Number(stored.ownerEpoch),
      generation: Number(stored.generation),
      parentGeneration: Number(stored.parentGeneration),
      ofFleet: stored.ofFleet,
    });
  };
  const copyEmergency = async (device: Hex, responder: Hex) => {
    const stored = await contract.emergencyOf(device, responder);
    emergencies.set(at(device, responder), {
      grantor: lower(stored.grantor),
      until: Number(stored.until),
      ownerEpoch: Number(stored.ownerEpoch),
      generation: Number(stored.generation),
      ofFleet: stored.ofFleet,
    });
  };

  let now = Number((await ethers.provider.getBlock("latest"))?.timestamp);
  const tick = async (seconds: number) => {
    now += seconds;
    await ethers.provider.send("evm_setNextBlockTimestamp", [now]);
  };
  /** Sends, and expects what the model said of it. */
  const expectDone = async (said: boolean, sent: () => Promise<{ wait(): Promise<unknown> }>) => {
    const done = await sent().then(
      async (transaction) => {
        await transaction.wait();
        return true;
      },
      () => false,
    );
    expect(done, "done").to.equal(said);
    if (!done) await ethers.provider.send("evm_mine", []);
    return done;
  };
  const anyEnd = () => pick([now + 60, now + 600, now + 5_000, now + 20_000, noEnd, now - 1]);

  const grant = async (grantor: Hex, subject: Hex, grantee: Hex, permissions: bigint) => {
    await tick(10);
    const from = pick([0, 0, 0, now, now + 300]);
    const terms = { subject, grantee, permissions, from, until: anyEnd() };
    const said = model.grant(grantor, terms, now);
    const write = contract.connect(signerOf(grantor));
    if (await expectDone(said, () => write.grant({ ...terms, purpose: ZeroHash }))) {
      await copyGrant(subject, grantor, grantee);
    }
  };
  const ownerOf = (device: Hex) => lower(model.owners.get(device) ?? everybody);
  const anySubject = () => (random() < 0.3 ? pick([owner, buyer]) : pick(devices));
  const anyGrantee = () => (random() < 0.2 ? everybody : pick(accounts));

  const actions: readonly (() => Promise<void>)[] = [
    () => grant(pick(accounts), anySubject(), lower(anyGrantee()), pick(bits)),
    () => {
      const device = pick(devices);
      const ofAll = random() < 0.5;
      const holder = ownerOf(device);
      return grant(holder, ofAll ? holder : device, pick(accounts), pick([19n, 51n, 17n, 35n, 1n]));
    },
    () => grant(ownerOf(pick(devices)), pick(devices), everybody, 1n),
    async () => {
      const [subject, grantor, grantee] = [anySubject(), pick(accounts), lower(anyGrantee())];
      const caller = pick([grantor, grantor, pick(accounts)]);
      await tick(10);
      const said = model.revoke(caller, subject, grantor, grantee);
      const write = contract.connect(signerOf(caller));
      if (await expectDone(said, () => write.revoke(subject, grantor, grantee))) {
        await copyGrant(subject, grantor, grantee);
      }
    },
    async () => {
      const [caller, subject] = [pick(accounts), anySubject()];
      await tick(10);
      model.revokeAll(caller, subject);
      await expectDone(true, () => contract.connect(signerOf(caller)).revokeAll(subject));
      revisions.set(at(subject, caller), Number(await contract.revisionOf(subject, caller)));
    },
    async () => {
      // Whoever might hold EMERGENCY: most pairs of accounts hold nothing.
      const held = [...grants].filter(([, { permissions }]) => (permissions & 32n) !== 0n);
      const [, grantor = owner, caller = buyer] = held.length > 0 ? pick(held)[0].split(",") : [];
      const device = pick(devices);
      await tick(10);
      const said = model.openEmergency(caller, device, grantor, now);
      const write = contract.connect(signerOf(caller));
      if (await expectDone(said, () => write.openEmergency(device, grantor, ZeroHash))) {
        await copyEmergency(device, lower(caller));
      }
    },
    async () => {
      const [device, responder] = [pick(devices), pick(accounts)];
      const caller = pick([responder, ownerOf(device), pick(accounts)]);
      await tick(10);
      const said = model.closeEmergency(caller, device, responder, now);
      const write = contract.connect(signerOf(caller));
      if (await expectDone(said, () => write.closeEmergency(device, responder))) {
        await copyEmergency(device, responder);
      }
    },
    async () => {
      const key = pick(keys);
      const device = lower(key.id);
      const to = pick([owner, buyer]);
      const nonce = await registry.nonceOf(device, 0);
      const { ownerEpoch } = await registry.device(device);
      const value = { device, to, ownerEpoch, nonce, deadline: FAR };
      const word = key.signAction(typedBytes(fs.registryDomain, transferTypes, value));
      const accepted = await signerOf(to).signTypedData(fs.registryDomain, acceptTypes, value);
      const write = registry.connect(signerOf(ownerOf(device)));
      await tick(10);
      await expectDone(true, () =>
        write.transfer(device, key.public, to, nonce, FAR, word, "0x", accepted),
      );
      model.transfer(device, to);
    },
    async () => {
      await tick(pick([1, 60, 599, 3_000]));
      await ethers.provider.send("evm_mine", []);
    },
  ];
  /** Granting is what the rest needs something of. */
  const likely = [0, 0, 1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 6, 7, 8, 8];

  const act = async () => actions[pick(likely)]?.();

  const ask = async () => {
    const device = pick(devices);
    const placed = [...grants.keys()];
    const [, known = owner, to = buyer] = placed.length > 0 ? pick(placed).split(",") : [];
    const grantor = random() < 0.7 ? lower(known) : pick(accounts);
    const who = random() < 0.7 ? lower(to) : lower(anyGrantee());
    const permissions = pick(bits);
    const answer = await contract.allowed(device, grantor, who, permissions);
    const said = model.allowed(device, grantor, who, permissions, now);
    const [, ownerEpoch] = await registry.ownership(device);
    const ownership = { owner: ownerOf(device), ownerEpoch: Number(ownerEpoch) };
    const question = { device, grantor, who, permissions, nowS: now };
    const ruled = allowedBy(ownership, reads, question);
    const about = JSON.stringify({ ...question, permissions: Number(permissions) });
    expect(answer, `the contract ${about}`).to.equal(said);
    expect(ruled.allowed, `the rule ${about}`).to.equal(said);
    if (ruled.allowed && ruled.untilS < noEnd) {
      const { untilS } = ruled;
      const later = (nowS: number) => allowedBy(ownership, reads, { ...question, nowS }).allowed;
      expect(model.allowed(device, grantor, who, permissions, untilS - 1), "to the end").to.be.true;
      expect(model.allowed(device, grantor, who, permissions, untilS), "at the end").to.equal(
        later(untilS),
      );
    }
    return answer;
  };
  return { act, ask, close: () => fs.connection.close() };
}

describe("rights by any sequence of actions", () => {
  for (const seed of ["alder", "birch", "cedar", "damson"]) {
    it(`are the same to the contract, to the SDK's rule and to a model without slots (${seed})`, async () => {
      const world = await startWorld(seed);
      let [yes, no] = [0, 0];
      for (let step = 0; step < 120; step++) {
        await world.act();
        for (let question = 0; question < 6; question++) {
          if (await world.ask()) yes++;
          else no++;
        }
      }
      await world.close();
      // Both answers are common, or the test would say little.
      expect(yes).to.be.greaterThan(40);
      expect(no).to.be.greaterThan(100);
    }).timeout(120_000);
  }
});
