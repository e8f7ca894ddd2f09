import type { X509Certificate } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, type Extension } from "@peculiar/asn1-x509";
import { sdkError } from "../../errors/sdk-error.ts";
import { nodeSha256 } from "../node-sha256.ts";
import { verifySignature } from "../verify-signature.ts";
import {
  maxPeerCertificateLifeS,
  peerExtensionId,
  peerSkewS,
  spkiOf,
} from "./create-peer-certificate.ts";
import { decodePeerClaim, type PeerClaim, peerStatementBytes } from "./peer-statement.ts";

const maxCertificateLength = 4096;

/**
 * Checks a peer's certificate by itself: P-256, self-signed, within its validity, and vouched for by the device key
 * that it names. Whether that key is the device's is judged by judgePeer.
 * @param certificate As TLS has used it: the key is taken from OpenSSL, not parsed again
 * @throws PEER_CERTIFICATE, PEER_EXPIRED, PEER_SIGNATURE
 */
export async function readPeerCertificate(
  certificate: X509Certificate | undefined,
  { domain, nowMs }: { readonly domain: Uint8Array; readonly nowMs: number },
): Promise<PeerClaim> {
  if (certificate === undefined) {
    throw sdkError("PEER_CERTIFICATE", "The peer has shown no certificate.");
  }
  const claim = decodePeerClaim(claimBytes(certificate));
  const notAfterS = checkValidity(certificate, nowMs);
  const spkiHash = nodeSha256(selfSigner(certificate));
  const { device, keyIndex, key, signature } = claim;
  const bytes = peerStatementBytes({ domain, device, keyIndex, spkiHash, notAfterS });
  if (!(await verifySignature(key, bytes, signature))) {
    const message = "The device key has not signed for this certificate in this deployment.";
    throw sdkError("PEER_SIGNATURE", message, { device });
  }
  return claim;
}

/** The SubjectPublicKeyInfo of the key that the certificate is for and signed by. */
function selfSigner(certificate: X509Certificate): Uint8Array {
  let spki: Uint8Array | undefined;
  let cause: unknown;
  try {
    const { publicKey } = certificate;
    const isP256 = publicKey.asymmetricKeyDetails?.namedCurve === "prime256v1";
    if (isP256 && certificate.verify(publicKey)) spki = spkiOf(publicKey);
  } catch (error) {
    cause = error;
  }
  if (spki !== undefined) return spki;
  const message = "The certificate is not self-signed by a P-256 key.";
  throw sdkError("PEER_CERTIFICATE", message, {}, cause);
}

function claimBytes({ raw }: X509Certificate): Uint8Array {
  const extensions = raw.length > maxCertificateLength ? [] : extensionsOf(raw);
  const [ours, ...more] = extensions.filter(({ extnID }) => extnID === peerExtensionId);
  if (ours === undefined || more.length > 0) {
    throw sdkError("PEER_CERTIFICATE", "The certificate is not a Fieldseal device's.");
  }
  return new Uint8Array(ours.extnValue.buffer);
}

function extensionsOf(raw: Uint8Array): readonly Extension[] {
  try {
    return AsnConvert.parse(raw, Certificate).tbsCertificate.extensions ?? [];
  } catch (cause) {
    throw sdkError("PEER_CERTIFICATE", "The certificate cannot be read.", {}, cause);
  }
}

/** @returns the end of the validity in seconds, which the device key has signed */
function checkValidity(certificate: X509Certificate, nowMs: number): number {
  const { validFrom: from, validTo: until } = certificate;
  const fromMs = certificate.validFromDate.getTime();
  const untilMs = certificate.validToDate.getTime();
  const skewMs = peerSkewS * 1000;
  // A date that cannot be read is NaN, and no comparison with it is true.
  const isNow = fromMs <= nowMs + skewMs && untilMs > nowMs;
  if (!isNow || untilMs > nowMs + maxPeerCertificateLifeS * 1000 + skewMs) {
    const message = "The certificate is not valid now, or for too long.";
    throw sdkError("PEER_EXPIRED", message, { from, until });
  }
  return untilMs / 1000;
}
