import { createPublicKey, verify } from "node:crypto";
import { fastSigner, seededBytes } from "./fast-signer.ts";
import { measureAverage } from "./measure-rate.ts";

/** What one P-256 check costs OpenSSL on one thread, asked in the way that is fastest. */
export type VerifyLimit = { readonly perSecond: number; readonly cpuUs: number };

/** Long enough to meet the slow moments of a shared machine, as what is compared with it does. */
const measuredSeconds = 5;

const derInteger = (half: Uint8Array): number[] => {
  const digits = [...half];
  while (digits.length > 1 && digits[0] === 0) digits.shift();
  if ((digits[0] ?? 0) > 127) digits.unshift(0);
  return [2, digits.length, ...digits];
};

/** The machine's limit: DER signatures, which Node checks in two thirds of the time that r ‖ s takes it. */
export async function measureVerifyLimit(): Promise<VerifyLimit> {
  const signer = fastSigner();
  const bytes = seededBytes("a message");
  const signature = await signer.sign(bytes, "sha256");
  const [x, y] = [0, 32].map((at) =>
    Buffer.from(signer.publicKey.point.subarray(at, at + 32)).toString("base64url"),
  );
  const key = createPublicKey({
    format: "jwk",
    key: { kty: "EC", crv: "P-256", x: x ?? "", y: y ?? "" },
  });
  const integers = [
    ...derInteger(signature.subarray(0, 32)),
    ...derInteger(signature.subarray(32)),
  ];
  const der = Uint8Array.of(0x30, integers.length, ...integers);
  const check = () => {
    if (!verify("sha256", bytes, key, der)) throw new Error("A good signature failed.");
  };
  return measureAverage(check, measuredSeconds);
}
