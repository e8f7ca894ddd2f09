import { X509Certificate } from "node:crypto";
import { type DeviceId, deviceIdOf, type KeyType, messageDomain, sdkError } from "@fieldseal/sdk";
import type { PeerDirectory, PeerRecord } from "@fieldseal/sdk/node";
import {
  createPeerCertificate,
  type PeerCertificateOptions,
} from "../../../sdk/src/node/peer/create-peer-certificate.ts";
import type { PeerIdentity } from "../../../sdk/src/node/peer/peer-identity.ts";
import { newSigner } from "../../support/registry-actions.ts";

export const domain = messageDomain(31337n, `0x${"ab".repeat(20)}`);
export const otherDomain = messageDomain(31338n, `0x${"ab".repeat(20)}`);

/** A device with a key of its own, in the deployment of these tests. */
export function somebody(keyType: KeyType = 2): PeerIdentity {
  const signer = newSigner(keyType);
  return { device: deviceIdOf(signer.publicKey), keyIndex: 0, signer, domain };
}

/** A certificate as TLS hands it over. */
export async function certificateOf(options: PeerCertificateOptions): Promise<X509Certificate> {
  return new X509Certificate((await createPeerCertificate(options)).cert);
}

/** A directory that a test writes. */
export type TestDirectory = PeerDirectory & {
  /** Enters devices as active with their key. */
  enrol(...devices: readonly PeerIdentity[]): void;
  change(device: DeviceId, change: Partial<PeerRecord>): void;
  /** From now on it knows nothing recent. */
  fail(): void;
  lookups: number;
};

export function testDirectory(...devices: readonly PeerIdentity[]): TestDirectory {
  const records = new Map<DeviceId, PeerRecord>();
  const nobody: PeerRecord = {
    status: "unknown",
    keyIndex: 0,
    keyId: `0x${"00".repeat(20)}`,
    asOfMs: 0,
  };
  let failing = false;
  const directory: TestDirectory = {
    lookups: 0,
    enrol(...more) {
      for (const { device, keyIndex, signer } of more) {
        const keyId = deviceIdOf(signer.publicKey);
        records.set(device, { status: "active", keyIndex, keyId, asOfMs: 0 });
      }
    },
    change(device, change) {
      records.set(device, { ...(records.get(device) ?? nobody), ...change });
    },
    fail() {
      failing = true;
    },
    async lookup(device) {
      directory.lookups += 1;
      if (failing) throw sdkError("PEER_DIRECTORY", "Too old.");
      return records.get(device) ?? nobody;
    },
  };
  directory.enrol(...devices);
  return directory;
}
