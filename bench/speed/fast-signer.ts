import { createHash, createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { normaliseLowS, type Signer } from "@fieldseal/sdk";

/** A P-256 signer over OpenSSL: signing the load beforehand must not take longer than measuring it. */
export function fastSigner(secret: Buffer = newSecret()): Signer {
  const privateKey = createPrivateKey({ key: secret, format: "der", type: "pkcs8" });
  const { x = "", y = "" } = privateKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  const key = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
  return {
    publicKey: { keyType: 2, point: new Uint8Array(point) },
    async sign(bytes, hash) {
      if (hash !== "sha256") throw new Error("P-256 signs SHA-256.");
      return normaliseLowS(2, new Uint8Array(sign("sha256", bytes, key)));
    },
  };
}

/** A P-256 secret in PKCS #8. */
export function newSecret(): Buffer {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ format: "der", type: "pkcs8" });
}

/** 32 bytes that follow from a name. */
export function seededBytes(name: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(`fieldseal bench ${name}`).digest());
}
