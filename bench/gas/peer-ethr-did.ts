import { hex } from "@fieldseal/sdk";
import { concat, encodeBytes32String, Interface, solidityPackedKeccak256 } from "ethers";
import type { Figures } from "../results/figures.ts";
import { packagedArtifact } from "./artifact.ts";
import { deploy } from "./deploy-fieldseal.ts";
import type { GasChain } from "./gas-chain.ts";
import { seededDevice, seededWallet } from "./seeded-keys.ts";

/**
 * ERC-1056 as `ethr-did-registry` ships it: a fresh identity's signature, relayed, adds a P-256 key as an
 * attribute. It has no owner beside the key, and nothing to revoke the identity by.
 */
export async function measureEthrDid(chain: GasChain): Promise<Figures> {
  const artifact = packagedArtifact("ethr-did-registry", "EthereumDIDRegistry");
  const { contract } = await deploy(chain, artifact);
  const identity = seededWallet("ethr-did identity");
  const name = encodeBytes32String("did/pub/Secp256r1/veriKey/hex");
  const value = concat(["0x04", hex(seededDevice(2, "ethr-did attribute").publicKey.point)]);
  const validity = 86_400n * 365n;
  const digest = solidityPackedKeccak256(
    ["bytes2", "address", "uint256", "address", "string", "bytes32", "bytes", "uint256"],
    ["0x1900", contract, 0n, identity.address, "setAttribute", name, value, validity],
  );
  const { v, r, s } = identity.signingKey.sign(digest);
  const data = new Interface(artifact.abi as never).encodeFunctionData("setAttributeSigned", [
    identity.address,
    v,
    r,
    s,
    name,
    value,
    validity,
  ]);
  const { gas } = await chain.send(chain.accounts[0] ?? "", contract, data);
  return { "peer.ethr_did_set_attribute_signed": gas };
}
