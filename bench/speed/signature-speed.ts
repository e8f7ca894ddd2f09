import { generateKey, sha256, softwareSigner } from "@fieldseal/sdk";
import { verifySignature } from "@fieldseal/sdk/node";
import { verify as verifySecp256k1 } from "tiny-secp256k1";
import type { Figures } from "../results/figures.ts";
import { fastSigner, seededBytes } from "./fast-signer.ts";
import { measureAsyncRate, measureRate } from "./measure-rate.ts";
import { measureVerifyLimit } from "./verify-limit.ts";

const width = 256;

/** Signature checks of the SDK in Node beside OpenSSL on one thread and libsecp256k1. */
export async function measureSignatures(): Promise<Figures> {
  const bytes = seededBytes("signed bytes");
  const p256 = fastSigner();
  const p256Signature = await p256.sign(bytes, "sha256");
  const raw = await measureVerifyLimit();
  const ourP256 = await measureAsyncRate(
    () => verifySignature(p256.publicKey, bytes, p256Signature),
    width,
  );

  const k1 = softwareSigner(1, generateKey(1).secret);
  const k1Signature = await k1.sign(bytes, "sha256");
  const k1Key = Buffer.concat([Uint8Array.of(4), k1.publicKey.point]);
  const digest = sha256(bytes);
  const rawK1 = measureRate(() => {
    verifySecp256k1(digest, k1Key, k1Signature, true);
  });
  const ourK1 = await measureAsyncRate(
    () => verifySignature(k1.publicKey, bytes, k1Signature),
    width,
  );
  return {
    "limit.p256_verify_one_thread_per_s": raw.perSecond,
    "limit.p256_verify_cpu_us": raw.cpuUs,
    "limit.secp256k1_verify_per_s": rawK1,
    "speed.p256_verify_per_s": ourP256,
    "speed.secp256k1_verify_per_s": ourK1,
    "share.p256_verify_of_one_thread": ourP256 / raw.perSecond,
    "share.secp256k1_verify_of_libsecp256k1": ourK1 / rawK1,
  };
}
