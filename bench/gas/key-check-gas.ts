import { hex, type KeyType, sha256 } from "@fieldseal/sdk";
import { KeyVerifiers__factory } from "@fieldseal/typechain";
import { toUtf8Bytes } from "ethers";
import type { Figures } from "../results/figures.ts";
import { ourArtifact } from "./artifact.ts";
import { callGas } from "./call-gas.ts";
import { keyArgument, signatureArgument } from "./contract-arguments.ts";
import { deploy } from "./deploy-fieldseal.ts";
import type { GasChain } from "./gas-chain.ts";
import { seededDevice } from "./seeded-keys.ts";

const unknownKeyType = 3;

/** Gas that a signature check adds to a call of KeyVerifiers, over the same call with an unknown key type. */
async function checksOn(chain: GasChain) {
  const verifiers = await deploy(chain, ourArtifact("identity/KeyVerifiers"), ["uint8"], [0]);
  const abi = KeyVerifiers__factory.createInterface();
  const bytes = toUtf8Bytes("fieldseal bench signed bytes");
  const added = async (keyType: KeyType) => {
    const { signer, publicKey } = seededDevice(keyType, "checked key");
    const signature = signatureArgument(await signer.sign(bytes, "sha256"));
    const ask = (type: number) => {
      const key = { ...keyArgument(publicKey), keyType: type };
      const values = [key, hex(sha256(bytes)), signature] as const;
      return callGas(chain, verifiers.contract, abi.encodeFunctionData("verify", [...values]));
    };
    const [checked, unchecked] = [await ask(keyType), await ask(unknownKeyType)];
    if (!checked.answered || unchecked.answered) throw new Error("A key check answered wrong.");
    return checked.gas - unchecked.gas;
  };
  return { deployed: verifiers.gas, p256: await added(2), secp256k1: await added(1) };
}

/** What one signature check costs, with the P-256 precompile (osaka) and without (cancun). */
export async function measureKeyChecks(osaka: GasChain, cancun: GasChain): Promise<Figures> {
  const withPrecompile = await checksOn(osaka);
  const without = await checksOn(cancun);
  return {
    "gas.deploy_key_verifiers": withPrecompile.deployed,
    "gas.p256_precompile": withPrecompile.p256,
    "gas.p256_solidity": without.p256,
    "gas.secp256k1": withPrecompile.secp256k1,
  };
}
