import {
  deviceIdOf,
  didOf,
  hex,
  type KeyType,
  messageDomain,
  publicKeyOf,
  type Signer,
  sha256,
  softwareSigner,
  utf8,
} from "@fieldseal/sdk";

/** The deployment that every vector belongs to. */
export const deployment = {
  chainId: 31337n,
  registry: "0x5fbdb2315678afecb367f032d93f642f64180aa3",
  log: "0xe7f1725e7734ce288f8367e1bb143e90bb3f0512",
  grants: "0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0",
} as const;
export const domain = messageDomain(deployment.chainId, deployment.registry);

/** A key whose secret is the hash of its name: known to everybody, for vectors only. */
export function vectorSigner(
  keyType: KeyType,
  name: string,
): { secret: Uint8Array; signer: Signer } {
  const secret = sha256(utf8(`fieldseal vector ${name}`));
  return { secret, signer: softwareSigner(keyType, secret) };
}

/** Keys, ids and DIDs of both types. */
export function identityVectors(): unknown {
  const keys = ([1, 2] as const).flatMap((keyType) =>
    ["first", "second"].map((name) => {
      const { secret } = vectorSigner(keyType, name);
      const key = publicKeyOf(keyType, secret);
      const id = deviceIdOf(key);
      const did = didOf(deployment.chainId, id);
      return { name, keyType, secret: hex(secret), key: hex(key.point), id, did };
    }),
  );
  const { chainId, registry } = deployment;
  return { domain: { chainId: chainId.toString(), registry, domain: hex(domain) }, keys };
}
