import { fromHex, hex, sha256 } from "@fieldseal/sdk";
import { signRecoverable } from "@fieldseal/sdk/node";
import { expect } from "chai";
import { SigningKey } from "ethers";
import fc from "fast-check";

describe("signRecoverable", () => {
  it("signs as ethers does, to the byte", () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, bytes, (seed, digest) => {
        const secret = sha256(seed);
        const expected = new SigningKey(hex(secret)).sign(digest).serialized;
        expect(hex(signRecoverable(digest, secret))).to.equal(expected);
      }),
      { numRuns: 50 },
    );
  });

  it("gives 65 bytes that name the account", () => {
    const secret = fromHex(`0x${"11".repeat(32)}`);
    const digest = new Uint8Array(32).fill(7);
    const address = SigningKey.recoverPublicKey(digest, hex(signRecoverable(digest, secret)));
    expect(address).to.equal(new SigningKey(secret).publicKey);
  });
});
