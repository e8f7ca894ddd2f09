import { hex, type PublicKey } from "@fieldseal/sdk";
import { Signature, type TypedDataDomain, type TypedDataField, type Wallet } from "ethers";

/** A device key as contracts take it. */
export function keyArgument({ keyType, point }: PublicKey) {
  return { keyType, x: hex(point.subarray(0, 32)), y: hex(point.subarray(32)) };
}

/** A device's 64-byte signature as contracts take it. */
export function signatureArgument(signature: Uint8Array) {
  return { r: hex(signature.subarray(0, 32)), s: hex(signature.subarray(32)) };
}

/** ERC-2098 signatures of operators over one action. */
export async function compactSignatures(
  operators: readonly Wallet[],
  domain: TypedDataDomain,
  types: Record<string, TypedDataField[]>,
  value: Record<string, unknown>,
) {
  return Promise.all(
    operators.map(async (operator) => {
      const signature = Signature.from(await operator.signTypedData(domain, types, value));
      return { r: signature.r, vs: signature.yParityAndS };
    }),
  );
}
