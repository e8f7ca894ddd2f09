import {
  createLoginToken,
  curveOrder,
  decodeMetric,
  deviceIdOf,
  deviceOfTopic,
  didOf,
  encodeMetric,
  fromHex,
  generateKey,
  hex,
  messageDomain,
  normaliseLowS,
  parseDeviceId,
  registryDomain,
  sha256,
  signTyped,
  softwareSigner,
  toBase64Url,
  topicsOf,
  transferTypes,
  typedDigest,
  utf8,
  verifyDigest,
  verifyLoginToken,
  word,
} from "@fieldseal/sdk";
import { verifySignature } from "@fieldseal/sdk/node";
import { expect } from "chai";
import {
  AbiCoder,
  computeAddress,
  keccak256,
  recoverAddress,
  Signature,
  TypedDataEncoder,
} from "ethers";
import { refusal, refusalOf } from "./support.ts";

const keyTypes = [1, 2] as const;
const random = (length: number) => new Uint8Array(length).fill(3);

describe("keys and signatures", () => {
  it("sign and verify, low-s, for both types; the other type's key refuses", async () => {
    for (const keyType of keyTypes) {
      const { secret, publicKey } = generateKey(keyType, random);
      const signature = await softwareSigner(keyType, secret).sign(utf8("x"), "sha256");
      const digest = sha256(utf8("x"));
      expect(normaliseLowS(keyType, signature)).to.deep.equal(signature);
      expect(verifyDigest(publicKey, digest, signature)).to.equal(true);
      const other = generateKey(keyType === 1 ? 2 : 1, random).publicKey;
      expect(verifyDigest(other, digest, signature)).to.equal(false);
      expect(await verifySignature(other, utf8("x"), signature)).to.equal(false);
    }
  });

  it("refuse the high-s twin until it is normalised", async () => {
    for (const keyType of keyTypes) {
      const { secret, publicKey } = generateKey(keyType, random);
      const signature = await softwareSigner(keyType, secret).sign(utf8("x"), "sha256");
      const twin = signature.slice();
      twin.set(word(curveOrder[keyType] - BigInt(hex(signature.subarray(32)))), 32);
      expect(verifyDigest(publicKey, sha256(utf8("x")), twin)).to.equal(false);
      expect(await verifySignature(publicKey, utf8("x"), twin)).to.equal(false);
      expect(normaliseLowS(keyType, twin)).to.deep.equal(signature);
    }
  });

  it("answer false to zeros, wrong lengths and points off the curve, and never throw", async () => {
    for (const keyType of keyTypes) {
      const { publicKey } = generateKey(keyType, random);
      const offCurve = { keyType, point: new Uint8Array(64).fill(1) };
      for (const key of [publicKey, offCurve, { keyType, point: new Uint8Array(63) }]) {
        for (const length of [0, 63, 64, 65]) {
          for (const fill of [0, 1, 255]) {
            const signature = new Uint8Array(length).fill(fill);
            expect(verifyDigest(key, new Uint8Array(32), signature)).to.equal(false);
            expect(await verifySignature(key, utf8("x"), signature)).to.equal(false);
          }
        }
      }
    }
  });

  it("refuse keccak with a P-256 key, and secrets that are none", async () => {
    const { secret } = generateKey(2, random);
    expect(await refusalOf(softwareSigner(2, secret).sign(utf8("x"), "keccak256"))).to.equal(
      "KEY_HASH",
    );
    expect(refusal(() => softwareSigner(1, new Uint8Array(32)))).to.equal("KEY_FORMAT");
    expect(refusal(() => softwareSigner(2, word(curveOrder[2])))).to.equal("KEY_FORMAT");
  });
});

describe("ids", () => {
  it("are the hash of type and point, and no Ethereum account of the key", () => {
    const { publicKey } = generateKey(1, random);
    const packed = `0x${Buffer.from("fieldseal/id/1").toString("hex")}01${hex(publicKey.point).slice(2)}`;
    const id = deviceIdOf(publicKey);
    expect(id).to.equal(`0x${keccak256(packed).slice(26)}`);
    expect(id).to.not.equal(computeAddress(`0x04${hex(publicKey.point).slice(2)}`).toLowerCase());
    expect(deviceIdOf({ keyType: 2, point: publicKey.point })).to.not.equal(id);
  });

  it("have a domain as abi.encode gives it, and a DID with the chain in hex", () => {
    const registry = `0x${"ab".repeat(20)}`;
    const encoded = AbiCoder.defaultAbiCoder().encode(
      ["string", "uint256", "address"],
      ["fieldseal/1", 84532n, registry],
    );
    expect(hex(messageDomain(84532n, registry))).to.equal(keccak256(encoded));
    expect(didOf(84532n, parseDeviceId(registry))).to.equal(`did:ethr:0x14a34:${registry}`);
  });

  it("are read from either case, and from nothing else", () => {
    expect(parseDeviceId(`0x${"AB".repeat(20)}`)).to.equal(`0x${"ab".repeat(20)}`);
    for (const text of [
      "",
      "0x",
      `0x${"a".repeat(39)}`,
      `${"ab".repeat(20)}`,
      `0x${"ag".repeat(20)}`,
    ]) {
      expect(refusal(() => parseDeviceId(text))).to.equal("DEVICE_ID");
    }
  });

  it("are found in their own topics only", () => {
    const device = parseDeviceId(`0x${"ab".repeat(20)}`);
    for (const topic of Object.values(topicsOf("site/7", device))) {
      expect(deviceOfTopic("site/7", topic)).to.equal(device);
      expect(deviceOfTopic("site", topic)).to.equal(undefined);
    }
    for (const topic of [
      `site/7/${device}`,
      `site/7/${device}/up/x`,
      `site/7/0x${"AB".repeat(20)}/up`,
      `site/7/${device}/else`,
    ]) {
      expect(deviceOfTopic("site/7", topic)).to.equal(undefined);
    }
  });

  it("have metrics that come back from 32 bytes", () => {
    expect(decodeMetric(encodeMetric("speed", "m/s"))).to.equal("speed/m/s");
    expect(refusal(() => decodeMetric(Uint8Array.of(97, 0, 97)))).to.equal("SENML_NAME");
    expect(refusal(() => decodeMetric(utf8("a/")))).to.equal("SENML_UNIT");
  });
});

describe("typed data", () => {
  const domain = registryDomain(31337n, `0x${"cd".repeat(20)}`);
  const value = {
    device: `0x${"11".repeat(20)}`,
    to: `0x${"22".repeat(20)}`,
    ownerEpoch: 1,
    nonce: 2n,
    deadline: 3n,
  };

  it("is the usual EIP-712 digest for key type 1, which wallets' tools recover", async () => {
    const { secret, publicKey } = generateKey(1, random);
    const digest = TypedDataEncoder.hash(domain, transferTypes, value);
    expect(hex(typedDigest(1, domain, transferTypes, value))).to.equal(digest);
    const signature = hex(await signTyped(softwareSigner(1, secret), domain, transferTypes, value));
    const account = computeAddress(`0x04${hex(publicKey.point).slice(2)}`);
    const [r, s] = [signature.slice(0, 66), `0x${signature.slice(66)}`];
    const recovered = ([27, 28] as const).map((v) =>
      recoverAddress(digest, Signature.from({ r, s, v })),
    );
    expect(recovered).to.include(account);
  });

  it("is SHA-256 of the same bytes for key type 2", async () => {
    const { secret, publicKey } = generateKey(2, random);
    const signature = await signTyped(softwareSigner(2, secret), domain, transferTypes, value);
    const digest = typedDigest(2, domain, transferTypes, value);
    expect(hex(digest)).to.equal(
      hex(sha256(fromHex(TypedDataEncoder.encode(domain, transferTypes, value)))),
    );
    expect(verifyDigest(publicKey, digest, signature)).to.equal(true);
  });
});

describe("login tokens", () => {
  const audience = "0x12/broker:1883";
  const nowS = 1_700_000_000;
  const make = async (keyType: 1 | 2, lifetimeS = 600, at = nowS) => {
    const { secret, publicKey } = generateKey(keyType, random);
    const device = deviceIdOf(publicKey);
    const signer = softwareSigner(keyType, secret);
    return {
      device,
      publicKey,
      token: await createLoginToken({ signer, device, audience, nowS: at, lifetimeS }),
    };
  };

  it("verify with the key that made them, and begin as no message or action does", async () => {
    for (const keyType of keyTypes) {
      const { device, publicKey, token } = await make(keyType);
      expect(token.startsWith("ey")).to.equal(true);
      expect(verifyLoginToken(token, publicKey, { audience, nowS }).device).to.equal(device);
    }
  });

  it("are refused for every other key, audience and time, each with its code", async () => {
    const { publicKey, token } = await make(2);
    const check = (
      key: typeof publicKey,
      expected: { audience: string; nowS: number },
      text = token,
    ) => refusal(() => verifyLoginToken(text, key, expected));
    expect(
      check(generateKey(2, () => new Uint8Array(48).fill(4)).publicKey, { audience, nowS }),
    ).to.equal("LOGIN_SIGNATURE");
    expect(check(generateKey(1, random).publicKey, { audience, nowS })).to.equal("LOGIN_ALGORITHM");
    expect(check(publicKey, { audience: "elsewhere", nowS })).to.equal("LOGIN_AUDIENCE");
    expect(check(publicKey, { audience, nowS: nowS + 600 })).to.equal("LOGIN_EXPIRED");
    expect(check(publicKey, { audience, nowS: nowS - 120 })).to.equal("LOGIN_EARLY");
    const [header = "", , signature = ""] = token.split(".");
    const claims = toBase64Url(
      utf8(`{"sub":"0x${"11".repeat(20)}","aud":"${audience}","iat":${nowS},"exp":${nowS + 7200}}`),
    );
    expect(check(publicKey, { audience, nowS }, `${header}.${claims}.${signature}`)).to.equal(
      "LOGIN_LIFETIME",
    );
  });

  it("are refused when malformed: other types, none, doubled claims, padding", async () => {
    const { publicKey, token } = await make(2);
    const [header = "", claims = "", signature = ""] = token.split(".");
    const doubled = toBase64Url(
      utf8(`{"sub":"0x${"11".repeat(20)}","sub":"0x${"22".repeat(20)}","aud":"a","iat":1,"exp":2}`),
    );
    const none = toBase64Url(utf8('{"alg":"none","typ":"fieldseal-login+jwt"}'));
    const jwt = toBase64Url(utf8('{"alg":"ES256","typ":"JWT"}'));
    const critical = toBase64Url(
      utf8('{"alg":"ES256","typ":"fieldseal-login+jwt","crit":["b64"],"b64":false}'),
    );
    for (const text of [
      "",
      "a.b",
      `${none}.${claims}.`,
      `${none}.${claims}.${signature}`,
      `${jwt}.${claims}.${signature}`,
      `${critical}.${claims}.${signature}`,
      `${header}.${doubled}.${signature}`,
      `${token}=`,
      `${token}.x`,
      "x".repeat(10_000),
    ]) {
      expect(refusal(() => verifyLoginToken(text, publicKey, { audience, nowS }))).to.equal(
        "LOGIN_FORMAT",
      );
    }
  });

  it("live an hour at most", async () => {
    expect(await refusalOf(make(1, 3601))).to.equal("LOGIN_LIFETIME");
  });
});
