import {
  buildTree,
  claimTypes,
  type DeviceId,
  deviceIdOf,
  encodeManifestLeaf,
  hex,
  leafHash,
  registryDomain,
  type Signer,
  serialHash,
  signTyped,
} from "@fieldseal/sdk";
import type { TestDeployment } from "./deployment.ts";
import { newSigner, type RegistryActions } from "./registry-actions.ts";

const farDeadline = 4_000_000_000n;

/** A device as it leaves the factory. */
export type Unit = { readonly id: DeviceId; readonly signer: Signer; readonly position: number };

/** A manufacturer's list of devices: made, and then committed. */
export function factory(deployment: TestDeployment, maker: RegistryActions, count: number) {
  const serialOf = (position: number) => serialHash(`FS-2027-${String(position).padStart(6, "0")}`);
  const units: Unit[] = Array.from({ length: count }, (_, position) => {
    const signer = newSigner(2);
    return { id: deviceIdOf(signer.publicKey), signer, position };
  });
  const tree = buildTree(
    units.map(({ signer, position }) =>
      leafHash(encodeManifestLeaf(serialOf(position), signer.publicKey)),
    ),
  );
  const domain = registryDomain(deployment.chainId, deployment.registry);
  return {
    units,
    root: hex(tree.root),
    /** The unit signs for its owner: what `claim` and `claimMany` take. */
    async claimOf(unit: Unit, owner: string, manifest: bigint, manufacturer = maker.owner) {
      const home = deployment.logId;
      const entry = { device: unit.id, owner, home, manifest, manufacturer, deadline: farDeadline };
      const signature = await signTyped(unit.signer, domain, claimTypes, entry);
      const { keyType, point } = unit.signer.publicKey;
      return {
        key: { keyType, x: hex(point.slice(0, 32)), y: hex(point.slice(32)) },
        serial: hex(serialOf(unit.position)),
        position: unit.position,
        path: tree.path(unit.position).map((node) => hex(node)),
        signature: { r: hex(signature.slice(0, 32)), s: hex(signature.slice(32)) },
      };
    },
    /** The arguments of `claim` and `claimMany` but for the item or items. */
    head: (owner: string, manifest: bigint) => [manifest, owner, deployment.logId, farDeadline],
  };
}

export type Factory = ReturnType<typeof factory>;
