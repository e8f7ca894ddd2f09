import { grantsDomain, logDomain, registryDomain } from "@fieldseal/sdk";
import {
  AccessGrants__factory,
  DeviceRegistry__factory,
  ReadingLog__factory,
} from "@fieldseal/typechain";
import { AbiCoder, concat } from "ethers";
import { type Artifact, ourArtifact } from "./artifact.ts";
import type { GasChain, Mined } from "./gas-chain.ts";

/** Deploys a contract from its artifact. */
export function deploy(
  chain: GasChain,
  artifact: Artifact,
  types: readonly string[] = [],
  values: readonly unknown[] = [],
): Promise<Mined> {
  const from = chain.accounts[0] ?? "";
  const data = concat([artifact.bytecode, AbiCoder.defaultAbiCoder().encode(types, values)]);
  return chain.send(from, null, data);
}

/** Registry, log and grants on a fresh chain, with what deploying them cost. */
export async function deployFieldseal(chain: GasChain) {
  const registry = await deploy(chain, ourArtifact("identity/DeviceRegistry"), ["uint8"], [0]);
  const log = await deploy(chain, ourArtifact("log/ReadingLog"), ["address"], [registry.contract]);
  const access = ourArtifact("access/AccessGrants");
  const grants = await deploy(chain, access, ["address"], [registry.contract]);
  return {
    chain,
    registry: {
      address: registry.contract,
      gas: registry.gas,
      domain: registryDomain(chain.chainId, registry.contract),
      abi: DeviceRegistry__factory.createInterface(),
    },
    log: {
      address: log.contract,
      gas: log.gas,
      domain: logDomain(chain.chainId, log.contract),
      abi: ReadingLog__factory.createInterface(),
    },
    grants: {
      address: grants.contract,
      gas: grants.gas,
      domain: grantsDomain(chain.chainId, grants.contract),
      abi: AccessGrants__factory.createInterface(),
    },
  };
}

export type Deployed = Awaited<ReturnType<typeof deployFieldseal>>;
