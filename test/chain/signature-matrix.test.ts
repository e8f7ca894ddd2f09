import { expect } from "chai";
import { type DeviceKey, p256Key } from "./support/device-keys.ts";
import { softKey } from "./support/fixture.ts";
import {
  type Action,
  operatorActions,
  type Slot,
  signAction,
  signatureSlots,
} from "./support/signature-slots.ts";

/** The contract's error, or "taken". */
async function outcome(slot: Slot, word: string): Promise<string> {
  try {
    await slot.call(word);
    return "taken";
  } catch (error) {
    const [, name] = /custom error '(\w+)/.exec(error instanceof Error ? error.message : "") ?? [];
    if (name === undefined) throw error;
    return name;
  }
}

const isSame = (a: Action, b: Action) =>
  a.signer === b.signer && a.types === b.types && a.domain === b.domain;

/** The same action for another contract, for another chain, and for another name. */
const abroad = (action: Action): Action[] =>
  [
    { verifyingContract: `0x${"d0".repeat(20)}` },
    { chainId: 31_338n },
    { name: "Fieldseal Else" },
  ].map((other) => ({ ...action, domain: { ...action.domain, ...other } }));

const keys: readonly (readonly [string, () => [DeviceKey, DeviceKey, DeviceKey]])[] = [
  ["secp256k1", () => [softKey(1), softKey(2), softKey(3)]],
  ["P-256", () => [p256Key(), p256Key(), p256Key()]],
];

for (const [curve, make] of keys) {
  describe(`a signature by one ${curve} device key and one account in every role (property 8)`, () => {
    let world: Awaited<ReturnType<typeof signatureSlots>>;
    const [genesis, key, next] = make();
    const sign = (action: Action) => signAction(action, key, world.account);

    before(async () => {
      world = await signatureSlots(genesis, key, next);
    });

    it("is taken where it belongs", async () => {
      for (const slot of world.slots) {
        const [word = ""] = await sign(slot);
        expect(await outcome(slot, word), slot.name).to.equal("taken");
      }
    });

    it("is refused by every function that wants another one", async () => {
      const actions: Action[] = [...world.slots, ...operatorActions(world.fs)];
      let tried = 0;
      for (const action of actions) {
        const words = await sign(action);
        for (const slot of world.slots.filter((candidate) => !isSame(candidate, action))) {
          for (const word of words) {
            const said = await outcome(slot, word);
            expect(said, `${action.name} as ${slot.name}`).to.equal(slot.refusal);
            ++tried;
          }
        }
      }
      expect(tried).to.be.greaterThan(world.slots.length ** 2);
    });

    it("is refused where it belongs when it was made for another contract, chain or name", async () => {
      for (const slot of world.slots) {
        for (const foreign of abroad(slot)) {
          const [word = ""] = await sign(foreign);
          expect(await outcome(slot, word), slot.name).to.equal(slot.refusal);
        }
      }
    });
  });
}
