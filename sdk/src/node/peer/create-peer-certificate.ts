import { generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Extension,
  Extensions,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { platformRandom, type Random } from "../../keys/generate-key.ts";
import { normaliseLowS } from "../../keys/normalise-low-s.ts";
import { nodeSha256 } from "../node-sha256.ts";
import type { PeerIdentity } from "./peer-identity.ts";
import { encodePeerClaim, peerStatementBytes } from "./peer-statement.ts";

/**
 * The extension's object identifier: Microsoft's arc for identifiers made of a UUID, here
 * 2bf3def9-7c86-47d6-bde7-b1283b9d2751 (docs/peers.md).
 */
export const peerExtensionId =
  "1.2.840.113556.1.8000.2554.11251.57081.31878.18390.48615.11610171.10299217";

/** Longest life of a peer certificate that is taken, seconds. */
export const maxPeerCertificateLifeS = 3600;
/** How far the clocks of two peers may be apart, seconds. */
export const peerSkewS = 60;

const ecdsaWithSha256 = "1.2.840.10045.4.3.2";
const commonName = "2.5.4.3";
const newKeyPair = promisify(generateKeyPair);

/** An ephemeral certificate and its key, as `node:tls` takes them. */
export type PeerCertificate = {
  readonly cert: string;
  readonly key: string;
  /** End of its validity, seconds since 1970. */
  readonly notAfterS: number;
};

export type PeerCertificateOptions = {
  readonly identity: PeerIdentity;
  readonly nowMs: number;
  /** At most 3600, which is the default. */
  readonly lifeS?: number;
  /** For the serial number. */
  readonly random?: Random;
};

/**
 * A self-signed certificate (RFC 5280) of a fresh P-256 key, vouched for by the device key in an extension:
 * TLS 1.3 in OpenSSL takes no secp256k1 certificates, and device keys never do TLS themselves.
 */
export async function createPeerCertificate(
  options: PeerCertificateOptions,
): Promise<PeerCertificate> {
  const { identity, nowMs, lifeS = maxPeerCertificateLifeS, random = platformRandom } = options;
  const { privateKey, publicKey } = await newKeyPair("ec", { namedCurve: "P-256" });
  const spki = spkiOf(publicKey);
  const nowS = Math.floor(nowMs / 1000);
  const notAfterS = nowS + lifeS;
  const claim = await claimOf(identity, nodeSha256(spki), notAfterS);
  const name = peerName();
  const serial = random(16);
  // Positive and without leading zeros, as DER wants integers.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const body = new TBSCertificate({
    version: Version.v3,
    serialNumber: bufferOf(serial),
    signature: new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 }),
    issuer: name,
    validity: new Validity({
      notBefore: new Date((nowS - peerSkewS) * 1000),
      notAfter: new Date(notAfterS * 1000),
    }),
    subject: name,
    subjectPublicKeyInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    // Not critical: a TLS library would end the handshake before this one could look at it.
    extensions: new Extensions([
      new Extension({
        extnID: peerExtensionId,
        critical: false,
        extnValue: new OctetString(claim),
      }),
    ]),
  });
  const signature = sign("sha256", Buffer.from(AsnConvert.serialize(body)), privateKey);
  const certificate = new Certificate({
    tbsCertificate: body,
    signatureAlgorithm: new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 }),
    signatureValue: bufferOf(signature),
  });
  const pem = Buffer.from(AsnConvert.serialize(certificate)).toString("base64");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${pem.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    notAfterS,
  };
}

/** A public key's SubjectPublicKeyInfo in DER, as OpenSSL writes it. */
export function spkiOf(publicKey: KeyObject): Uint8Array {
  return publicKey.export({ type: "spki", format: "der" });
}

async function claimOf(
  { device, keyIndex, signer, domain }: PeerIdentity,
  spkiHash: Uint8Array,
  notAfterS: number,
): Promise<Uint8Array> {
  const bytes = peerStatementBytes({ domain, device, keyIndex, spkiHash, notAfterS });
  const key = signer.publicKey;
  const signature = normaliseLowS(key.keyType, await signer.sign(bytes, "sha256"));
  return encodePeerClaim({ device, keyIndex, key, signature });
}

function peerName(): Name {
  const value = new AttributeValue({ utf8String: "fieldseal peer" });
  return new Name([
    new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonName, value })]),
  ]);
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
