import { createPrivateKey, createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { getBytes, keccak256, SigningKey, sha256, solidityPackedKeccak256 } from "ethers";

export type PublicKey = { keyType: 1 | 2; x: string; y: string };
export type Signature = { r: string; s: string };
export type DeviceKey = {
  public: PublicKey;
  id: string;
  /** Signs 0x1901 actions: type 1 over keccak, type 2 over SHA-256. */
  signAction(bytes: string): Signature;
  /** Signs Sig_structures: both types over SHA-256. */
  signMessage(bytes: string): Signature;
};

const p256Order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const hex32 = (value: bigint) => `0x${value.toString(16).padStart(64, "0")}`;

export function keyId(key: PublicKey): string {
  const hash = solidityPackedKeccak256(
    ["string", "uint8", "bytes32", "bytes32"],
    ["fieldseal/id/1", key.keyType, key.x, key.y],
  );
  return `0x${hash.slice(-40)}`;
}

function signP256(key: KeyObject, bytes: string): Signature {
  const raw = createSign("sha256")
    .update(getBytes(bytes))
    .sign({ key, dsaEncoding: "ieee-p1363" })
    .toString("hex");
  const s = BigInt(`0x${raw.slice(64)}`);
  return { r: `0x${raw.slice(0, 64)}`, s: hex32(s > p256Order / 2n ? p256Order - s : s) };
}

export function p256Key(): DeviceKey {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = privateKey.export({ format: "jwk" });
  const coordinate = (text: string | undefined) =>
    `0x${Buffer.from(text ?? "", "base64url")
      .toString("hex")
      .padStart(64, "0")}`;
  const key: PublicKey = { keyType: 2, x: coordinate(jwk.x), y: coordinate(jwk.y) };
  const secret = createPrivateKey({ key: jwk, format: "jwk" });
  return {
    public: key,
    id: keyId(key),
    signAction: (bytes) => signP256(secret, bytes),
    signMessage: (bytes) => signP256(secret, bytes),
  };
}

export function secp256k1Key(secret: string): DeviceKey {
  const signing = new SigningKey(secret);
  const point = signing.publicKey.slice(4);
  const key: PublicKey = {
    keyType: 1,
    x: `0x${point.slice(0, 64)}`,
    y: `0x${point.slice(64)}`,
  };
  const sign = (digest: string) => {
    const { r, s } = signing.sign(digest);
    return { r, s };
  };
  return {
    public: key,
    id: keyId(key),
    signAction: (bytes) => sign(keccak256(bytes)),
    signMessage: (bytes) => sign(sha256(bytes)),
  };
}
