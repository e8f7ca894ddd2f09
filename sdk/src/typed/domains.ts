import type { TypedDataDomain } from "ethers";

/** A contract's EIP-712 domain. */
export type ContractDomain = TypedDataDomain & {
  readonly name: string;
  readonly version: "1";
  readonly chainId: bigint;
  readonly verifyingContract: string;
};

/** Domain of DeviceRegistry: what devices and owners sign about a device. */
export function registryDomain(chainId: bigint, address: string): ContractDomain {
  return { name: "Fieldseal DeviceRegistry", version: "1", chainId, verifyingContract: address };
}

/** Domain of ReadingLog: what operators sign, receipts included. */
export function logDomain(chainId: bigint, address: string): ContractDomain {
  return { name: "Fieldseal ReadingLog", version: "1", chainId, verifyingContract: address };
}

/** Domain of AccessGrants: what grantors sign. */
export function grantsDomain(chainId: bigint, address: string): ContractDomain {
  return { name: "Fieldseal AccessGrants", version: "1", chainId, verifyingContract: address };
}
