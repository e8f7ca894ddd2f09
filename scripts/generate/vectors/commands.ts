import {
  type Commander,
  commanderAddress,
  commandId,
  createCommand,
  deviceIdOf,
  encodeCommandEnvelope,
  encodeSignedStatement,
  type GrantStatement,
  grantsDomain,
  hex,
  logDomain,
  normaliseLowS,
  sha256,
  signStatement,
  utf8,
} from "@fieldseal/sdk";
import { signRecoverable } from "@fieldseal/sdk/node";
import { computeAddress, Wallet } from "ethers";
import { encodePeerClaim, peerStatementBytes } from "../../../sdk/src/node/peer/peer-statement.ts";
import { deployment, domain, vectorSigner } from "./identities.ts";

const { chainId, log, grants } = deployment;
const lock = deviceIdOf(vectorSigner(2, "first").signer.publicKey);
const owner = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
const operator = vectorSigner(1, "operator").secret;

function commanders(): readonly Commander[] {
  const wallet = new Wallet(hex(vectorSigner(1, "account").secret));
  const machines = ([1, 2] as const).map((keyType) => {
    const { signer } = vectorSigner(keyType, "second");
    return { kind: "device", device: deviceIdOf(signer.publicKey), signer } as const;
  });
  return [{ kind: "account", address: wallet.address, wallet }, ...machines];
}

/** Commands of an account and of machines, for a lock with a clock (challenge 0) and for one without. */
export async function commandVectors(): Promise<unknown> {
  const vectors: unknown[] = [];
  for (const challenge of [0n, 0x0123456789abcdef0123456789abcdefn]) {
    for (const commander of commanders()) {
      const address = commanderAddress(commander);
      const facts: GrantStatement = {
        logId: 1n,
        epoch: 2,
        device: lock,
        grantor: owner,
        commander: address,
        signer: address,
        permissions: 2n,
        until: 1_700_086_400n,
        block: 100n,
        blockTime: 1_700_000_000n,
        challenge,
      };
      const sign = (digest: Uint8Array) => signRecoverable(digest, operator);
      const signatures = [signStatement(facts, logDomain(chainId, log), sign)];
      const statement = { statement: facts, signatures };
      const envelope = await createCommand({
        name: "unlock",
        args: { seconds: 5 },
        commander,
        device: lock,
        domain: grantsDomain(chainId, grants),
        nonce: challenge === 0n ? 1_700_000_000_000n << 64n : challenge,
        expiry: 1_700_000_060n,
        statement,
      });
      vectors.push({
        device: lock,
        challenge: challenge.toString(),
        commander: address,
        operator: computeAddress(hex(operator)).toLowerCase(),
        command: hex(envelope.command),
        nonce: envelope.nonce.toString(),
        expiry: envelope.expiry.toString(),
        id: hex(commandId(envelope)),
        statement: hex(encodeSignedStatement(statement)),
        envelope: hex(encodeCommandEnvelope(envelope)),
      });
    }
  }
  return vectors;
}

/** What device keys sign for their peers, and the certificate extension that carries it. */
export async function peerVectors(): Promise<unknown> {
  const vectors: unknown[] = [];
  for (const keyType of [1, 2] as const) {
    const { signer } = vectorSigner(keyType, "first");
    const key = signer.publicKey;
    const [device, keyIndex, notAfterS] = [deviceIdOf(key), 0, 1_700_003_600];
    const spkiHash = sha256(utf8("a SubjectPublicKeyInfo"));
    const signed = peerStatementBytes({ domain, device, keyIndex, spkiHash, notAfterS });
    const signature = normaliseLowS(keyType, await signer.sign(signed, "sha256"));
    const extension = hex(encodePeerClaim({ device, keyIndex, key, signature }));
    vectors.push({
      keyType,
      device,
      keyIndex,
      spkiHash: hex(spkiHash),
      notAfter: notAfterS,
      signed: hex(signed),
      extension,
    });
  }
  return vectors;
}
