import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorCode, hex } from "@fieldseal/sdk";
import { expect } from "chai";
import fc from "fast-check";
import { nodeSha256 } from "../../../sdk/src/node/node-sha256.ts";
import {
  maxPeerCertificateLifeS,
  peerExtensionId,
  peerSkewS,
  spkiOf,
} from "../../../sdk/src/node/peer/create-peer-certificate.ts";
import type { PeerIdentity } from "../../../sdk/src/node/peer/peer-identity.ts";
import {
  decodePeerClaim,
  encodePeerClaim,
  peerStatementBytes,
} from "../../../sdk/src/node/peer/peer-statement.ts";
import { readPeerCertificate } from "../../../sdk/src/node/peer/read-peer-certificate.ts";
import { refusal, refusalOf } from "../support.ts";
import { certificateOf, domain, otherDomain, somebody } from "./support.ts";

const nowMs = 1_800_000_000_000;
const read = (certificate: X509Certificate | undefined, atMs = nowMs, of = domain) =>
  readPeerCertificate(certificate, { domain: of, nowMs: atMs });
const refused = (...args: Parameters<typeof read>) => refusalOf(read(...args));

describe("a peer's certificate", () => {
  for (const [keyType, name] of [
    [1, "secp256k1"],
    [2, "P-256"],
  ] as const) {
    it(`names device, key index and key of a device with a ${name} key`, async () => {
      const identity = { ...somebody(keyType), keyIndex: 7 };
      const claim = await read(await certificateOf({ identity, nowMs }));
      expect(claim.device).to.equal(identity.device);
      expect(claim.keyIndex).to.equal(7);
      expect(claim.key).to.deep.equal(identity.signer.publicKey);
    });
  }

  it("has what the device key signs begin with fieldseal/peer/1", async () => {
    const identity = somebody();
    const signed: Uint8Array[] = [];
    const sign: PeerIdentity["signer"]["sign"] = (bytes, hash) => {
      signed.push(bytes);
      return identity.signer.sign(bytes, hash);
    };
    const signer = { ...identity.signer, sign };
    const certificate = await certificateOf({ identity: { ...identity, signer }, nowMs });
    const [bytes] = signed;
    expect(
      Buffer.from(bytes ?? [])
        .toString("latin1")
        .slice(0, 16),
    ).to.equal("fieldseal/peer/1");
    expect(bytes?.length).to.equal(112);
    expect(hex(bytes?.slice(72, 104) ?? domain)).to.equal(
      hex(nodeSha256(spkiOf(certificate.publicKey))),
    );
  });

  it("is no good with another device's claim in it, though that is signed by the device", async () => {
    const victim = somebody();
    const stolen = await read(await certificateOf({ identity: victim, nowMs }));
    const signer = { publicKey: stolen.key, sign: async () => stolen.signature };
    const copy = await certificateOf({ identity: { ...victim, signer }, nowMs });
    expect(await refused(copy)).to.equal("PEER_SIGNATURE");
  });

  it("is no good for another deployment, device or key index than the signed ones", async () => {
    const identity = somebody();
    const certificate = await certificateOf({ identity, nowMs });
    expect(await refused(certificate, nowMs, otherDomain)).to.equal("PEER_SIGNATURE");
    for (const lie of [{ device: somebody().device }, { keyIndex: 1 }]) {
      const sign: PeerIdentity["signer"]["sign"] = (bytes, hash) => {
        const honest = Uint8Array.from(bytes);
        honest.set(Buffer.from(identity.device.slice(2), "hex"), 48);
        honest.set([0, 0, 0, 0], 68);
        return identity.signer.sign(honest, hash);
      };
      const liar = { ...identity, ...lie, signer: { ...identity.signer, sign } };
      const code = await refused(await certificateOf({ identity: liar, nowMs }));
      expect(code).to.equal("PEER_SIGNATURE");
    }
  });

  it("is refused before its time, after it, and when it is valid for more than an hour", async () => {
    const identity = somebody();
    const certificate = await certificateOf({ identity, nowMs });
    const lifeMs = maxPeerCertificateLifeS * 1000;
    await read(certificate, nowMs + lifeMs - 1);
    expect(await refused(certificate, nowMs + lifeMs)).to.equal("PEER_EXPIRED");
    const early = 2 * peerSkewS * 1000 + 1;
    expect(await refused(certificate, nowMs - early)).to.equal("PEER_EXPIRED");
    const lifeS = maxPeerCertificateLifeS + peerSkewS + 1;
    const long = await certificateOf({ identity, nowMs, lifeS });
    expect(await refused(long)).to.equal("PEER_EXPIRED");
  });

  it("is refused when there is none", async () => {
    expect(await refused(undefined)).to.equal("PEER_CERTIFICATE");
  });

  it("is refused wherever one byte of it is altered", async () => {
    const { raw } = await certificateOf({ identity: somebody(), nowMs });
    const [certain, mask] = [fc.nat(raw.length - 1), fc.integer({ min: 1, max: 255 })];
    await fc.assert(
      fc.asyncProperty(certain, mask, async (at, flip) => {
        const altered = Buffer.from(raw);
        altered[at] = (altered[at] ?? 0) ^ flip;
        let certificate: X509Certificate;
        try {
          certificate = new X509Certificate(altered);
        } catch {
          return;
        }
        const error = await read(certificate).then(
          () => undefined,
          (failure: unknown) => failure,
        );
        expect(errorCode(error)).to.match(/^PEER_(?:CERTIFICATE|EXPIRED|SIGNATURE)$/);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a claim in a certificate's extension", () => {
  it("comes back from its bytes, and from no others", async () => {
    const { device, signer } = somebody(1);
    const claim = { device, keyIndex: 9, key: signer.publicKey, signature: new Uint8Array(64) };
    const bytes = encodePeerClaim(claim);
    expect(decodePeerClaim(bytes)).to.deep.equal(claim);
    const wrongType = Uint8Array.from(bytes);
    wrongType[27] = 3;
    for (const other of [
      bytes.slice(0, -1),
      Uint8Array.of(...bytes, 0),
      wrongType,
      bytes.slice(3),
    ]) {
      expect(refusal(() => decodePeerClaim(other))).to.equal("PEER_CERTIFICATE");
    }
  });
});

describe("a certificate that the openssl command made", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "fieldseal-peer-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });

  /** Certificates for one key; each item of `claims` is one extension. */
  function make(keyArgs: readonly string[], claims: (spki: Uint8Array) => readonly Uint8Array[]) {
    openssl("genpkey", ...keyArgs, "-out", "key.pem");
    const request = ["req", "-x509", "-key", "key.pem", "-subj", "/CN=device", "-days", "1"];
    openssl(...request, "-out", "bare.pem");
    const bare = new X509Certificate(readFileSync(join(folder, "bare.pem")));
    const added = claims(spkiOf(bare.publicKey)).flatMap((claim) => {
      const value = Buffer.from(claim)
        .toString("hex")
        .replace(/..(?!$)/g, "$&:");
      return ["-addext", `${peerExtensionId}=DER:${value}`];
    });
    openssl(...request, ...added, "-out", "full.pem");
    return new X509Certificate(readFileSync(join(folder, "full.pem")));
  }

  const p256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
  const nobody = () => new Uint8Array(156);

  it("is refused without our extension, with an empty one, and with rubbish in it", async () => {
    expect(await refused(make(p256, () => []))).to.equal("PEER_CERTIFICATE");
    expect(await refused(make(p256, () => [Uint8Array.of(4, 0)]))).to.equal("PEER_CERTIFICATE");
    expect(await refused(make(p256, () => [nobody()]))).to.equal("PEER_CERTIFICATE");
  });

  it("is refused when its own key is not P-256, whatever the device has signed", async () => {
    const { device, signer } = somebody();
    for (const keyArgs of [
      ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
      ["-algorithm", "RSA"],
      ["-algorithm", "ED25519"],
    ]) {
      const key = signer.publicKey;
      const claim = { device, keyIndex: 0, key, signature: new Uint8Array(64).fill(1) };
      const certificate = make(keyArgs, () => [encodePeerClaim(claim)]);
      const atMs = certificate.validFromDate.getTime() + 86_400_000 - 1000;
      expect(await refused(certificate, atMs)).to.equal("PEER_CERTIFICATE");
    }
  });

  it("is taken when the device has signed for its key: nothing of ours need make it", async () => {
    const { device, signer } = somebody();
    // Valid for a day from now, so it is fit to be shown in its last hour only.
    openssl("genpkey", ...p256, "-out", "key.pem");
    const request = ["req", "-x509", "-key", "key.pem", "-subj", "/CN=device", "-days", "1"];
    openssl(...request, "-out", "bare.pem");
    const bare = new X509Certificate(readFileSync(join(folder, "bare.pem")));
    // The second certificate may be made a second later; then it is made again.
    let certificate = bare;
    for (let notAfterS = 0; notAfterS !== certificate.validToDate.getTime() / 1000; ) {
      notAfterS = certificate.validToDate.getTime() / 1000;
      const spkiHash = nodeSha256(spkiOf(bare.publicKey));
      const facts = { domain, device, keyIndex: 0, spkiHash, notAfterS };
      const signature = await signer.sign(peerStatementBytes(facts), "sha256");
      const claim = encodePeerClaim({ device, keyIndex: 0, key: signer.publicKey, signature });
      const value = Buffer.from(claim)
        .toString("hex")
        .replace(/..(?!$)/g, "$&:");
      openssl(...request, "-addext", `${peerExtensionId}=DER:${value}`, "-out", "full.pem");
      certificate = new X509Certificate(readFileSync(join(folder, "full.pem")));
    }
    const atMs = certificate.validToDate.getTime() - 1000;
    expect((await read(certificate, atMs)).device).to.equal(device);
  });
});
