import { hex } from "@fieldseal/sdk";
import { concat, encodeBytes32String, Interface, solidityPackedKeccak256 } from "ethers";
import type { Figures } from "../results/figures.ts";
import { packagedArtifact } from "./artifact.ts";
import { deploy } from "./deploy-fieldseal.ts";
import type { GasChain } from "./gas-chain.ts";
import { seededDevice, seededWallet } from "./seeded-keys.ts";

/**
 * ERC-1056 as `ethr-did-registry` ships it: a fresh identity's signature, relayed, adds a P-256 key as an
 * attribute. It has no owner beside the key, and nothing to revoke the identity by. An account adds and revokes a
 * delegate, which has no bits and no grantor.
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
  const abi = new Interface(artifact.abi as never);
  const data = abi.encodeFunctionData("setAttributeSigned", [
    identity.address,
    v,
    r,
    s,
    name,
    value,
    validity,
  ]);
  const [sender = "", controller = ""] = chain.accounts;
  const { gas } = await chain.send(sender, contract, data);
  // An identity's first change writes a slot that is zero; the second is like all that follow, as a grant is.
  const delegateOf = (name: string) =>
    [controller, encodeBytes32String("veriKey"), seededWallet(name).address] as const;
  const add = (name: string) =>
    abi.encodeFunctionData("addDelegate", [...delegateOf(name), validity]);
  const revoke = abi.encodeFunctionData("revokeDelegate", [...delegateOf("first delegate")]);
  return {
    "peer.ethr_did_add_delegate_first": (
      await chain.send(controller, contract, add("first delegate"))
    ).gas,
    "peer.ethr_did_add_delegate": (await chain.send(controller, contract, add("next delegate")))
      .gas,
    "peer.ethr_did_revoke_delegate": (await chain.send(controller, contract, revoke)).gas,
    "peer.ethr_did_set_attribute_signed": gas,
  };
}
