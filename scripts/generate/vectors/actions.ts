import {
  type ActionTypes,
  acceptTypes,
  adoptClaimsTypes,
  adoptManyTypes,
  adoptTypes,
  checkpointTypes,
  claimTypes,
  commandTypes,
  committeeChangeTypes,
  createLoginToken,
  deviceIdOf,
  encodeReceipt,
  enrolTypes,
  grantManyTypes,
  grantStatementTypes,
  grantsDomain,
  hex,
  logDomain,
  registryDomain,
  revokeAllTypes,
  revokeTypes,
  rotateTypes,
  signTyped,
  storedTypes,
  transferTypes,
  typedBytes,
  typedDigest,
  vetoTypes,
  vouchTypes,
} from "@fieldseal/sdk";
import { deployment, domain, vectorSigner } from "./identities.ts";

const owner = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
const guest = "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc";
const zero = `0x${"00".repeat(20)}`;
const deadline = "1700003600";
const listed = { manifest: "7", manufacturer: "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc" };
const word = (byte: string) => `0x${byte.repeat(32)}`;

const domains = { registry: registryDomain, log: logDomain, grants: grantsDomain };

/** One value of each action. */
function actions(
  device: string,
): readonly (readonly [keyof typeof domains, ActionTypes, object])[] {
  return [
    ["registry", enrolTypes, { device, owner, home: "1", deadline }],
    ["registry", adoptTypes, { device, owner, home: "1", deadline }],
    [
      "registry",
      rotateTypes,
      {
        device,
        keyIndex: 1,
        keyType: 2,
        x: word("11"),
        y: word("22"),
        compromised: true,
        ownerEpoch: 3,
        nonce: "18446744073709551617",
        deadline,
      },
    ],
    ["registry", transferTypes, { device, to: owner, ownerEpoch: 3, nonce: "5", deadline }],
    ["registry", acceptTypes, { device, to: owner, ownerEpoch: 3, nonce: "5", deadline }],
    ["registry", adoptManyTypes, { devices: [device, owner], owner, home: "1", deadline }],
    ["registry", claimTypes, { device, owner, home: "1", ...listed, deadline }],
    [
      "registry",
      adoptClaimsTypes,
      { devices: [device, owner], owner, home: "1", ...listed, deadline },
    ],
    [
      "registry",
      vouchTypes,
      { device, keyIndex: 1, keyId: owner, attestation: 3, ownerEpoch: 3, nonce: "5", deadline },
    ],
    ["registry", vetoTypes, { device, recovery: word("77"), ownerEpoch: 3, nonce: "5", deadline }],
    [
      "log",
      checkpointTypes,
      {
        logId: "1",
        index: "5",
        previous: word("33"),
        epoch: 2,
        root: word("44"),
        size: "100000",
        judgedBlock: "99",
      },
    ],
    [
      "log",
      committeeChangeTypes,
      { logId: "1", epoch: 3, operatorsHash: word("55"), threshold: 3 },
    ],
    [
      "log",
      storedTypes,
      { logId: "1", epoch: 2, root: word("66"), storedAt: "1700000000", deadline },
    ],
    [
      "grants",
      grantManyTypes,
      {
        grantor: owner,
        terms: [
          {
            subject: device,
            grantee: guest,
            permissions: "3",
            from: "0",
            until: "1700003600",
            purpose: word("77"),
          },
          {
            subject: owner,
            grantee: zero,
            permissions: "1",
            from: "1700000000",
            until: "1099511627775",
            purpose: word("00"),
          },
        ],
        ownerEpochs: [3, 0],
        nonce: "18446744073709551617",
        deadline,
      },
    ],
    [
      "grants",
      revokeTypes,
      { subject: device, grantor: owner, grantee: guest, nonce: "5", deadline },
    ],
    [
      "grants",
      commandTypes,
      {
        device,
        commander: guest,
        command: word("88"),
        nonce: "18446744073709551617",
        expiry: deadline,
      },
    ],
    [
      "log",
      grantStatementTypes,
      {
        logId: "1",
        epoch: 2,
        device,
        grantor: owner,
        commander: guest,
        signer: guest,
        permissions: "2",
        until: deadline,
        block: "99",
        blockTime: "1700000000",
        challenge: word("00"),
      },
    ],
    ["grants", revokeAllTypes, { subject: device, grantor: owner, nonce: "6", deadline }],
  ];
}

/** Digests and signatures of every action by both key types. */
export async function actionVectors(): Promise<unknown> {
  const vectors: unknown[] = [];
  const { chainId } = deployment;
  for (const keyType of [1, 2] as const) {
    const { signer } = vectorSigner(keyType, "first");
    for (const [contract, types, value] of actions(deviceIdOf(signer.publicKey))) {
      const of = domains[contract](chainId, deployment[contract]);
      const message: Record<string, unknown> = { ...value };
      vectors.push({
        domain: { ...of, chainId: chainId.toString() },
        types,
        value,
        keyType,
        bytes: hex(typedBytes(of, types, message)),
        digest: hex(typedDigest(keyType, of, types, message)),
        signature: hex(await signTyped(signer, of, types, message)),
      });
    }
  }
  return vectors;
}

/** Broker passwords of both key types. */
export async function loginVectors(): Promise<unknown> {
  const audience = `${hex(domain)}/broker.example:8883`;
  const vectors: unknown[] = [];
  for (const keyType of [1, 2] as const) {
    const { signer } = vectorSigner(keyType, "first");
    const device = deviceIdOf(signer.publicKey);
    const life = { nowS: 1_700_000_000, lifetimeS: 3600 };
    const token = await createLoginToken({ signer, device, audience, ...life });
    vectors.push({ keyType, device, audience, ...life, token });
  }
  return vectors;
}

/** Receipts of every kind; the stored one is signed by no operator. */
export function receiptVectors(): unknown {
  const identity = { keyIndex: 1, sequence: 4294967297n, messageRoot: bytes(1) };
  const place = { logId: 1n, root: bytes(2), index: 3n, size: 9n };
  const stored = {
    t: "stored",
    ...identity,
    ...place,
    epoch: 2,
    storedAt: 1_700_000_000n,
    deadline: 1_700_003_600n,
    path: [bytes(3), bytes(4), bytes(5), bytes(6)],
    signature: new Uint8Array(65).fill(7),
    operator: owner,
  } as const;
  const sealed = {
    t: "sealed",
    ...identity,
    ...place,
    checkpoint: 5n,
    sealedAt: 1_700_000_600n,
    transaction: hex(bytes(8)),
  } as const;
  const refused = {
    t: "refused",
    code: "DEVICE_SUSPENDED",
    message: "The device is suspended.",
    keyIndex: 1,
    sequence: 4294967297n,
  } as const;
  return [stored, sealed, refused].map((receipt) => ({
    kind: receipt.t,
    bytes: hex(encodeReceipt(receipt)),
  }));
}

function bytes(fill: number): Uint8Array {
  return new Uint8Array(32).fill(fill);
}
