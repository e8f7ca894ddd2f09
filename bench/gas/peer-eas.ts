import { hex, sha256 } from "@fieldseal/sdk";
import { Interface, toBeHex, toUtf8Bytes, ZeroAddress, ZeroHash } from "ethers";
import type { Figures } from "../results/figures.ts";
import { packagedArtifact } from "./artifact.ts";
import { deploy } from "./deploy-fieldseal.ts";
import type { GasChain } from "./gas-chain.ts";
import { seededDevice } from "./seeded-keys.ts";

const npmPackage = "@ethereum-attestation-service/eas-contracts";
const stamps = 100;

/**
 * The Ethereum Attestation Service as npm ships it: one value attested, packed into a single slot as its encoder
 * would not, and 100 digests timestamped at once.
 */
export async function measureEas(chain: GasChain): Promise<Figures> {
  const from = chain.accounts[0] ?? "";
  const schemas = packagedArtifact(npmPackage, "SchemaRegistry");
  const eas = packagedArtifact(npmPackage, "EAS");
  const schemaRegistry = await deploy(chain, schemas);
  const { contract } = await deploy(chain, eas, ["address"], [schemaRegistry.contract]);
  const easAbi = new Interface(eas.abi as never);
  const send = async (name: string, values: unknown[]) =>
    (await chain.send(from, contract, easAbi.encodeFunctionData(name, values))).gas;

  const registered = await chain.send(
    from,
    schemaRegistry.contract,
    new Interface(schemas.abi as never).encodeFunctionData("register", [
      "int192 value",
      ZeroAddress,
      true,
    ]),
  );
  const schema = registered.topics[1] ?? ZeroHash;
  const attest = (value: bigint) =>
    send("attest", [
      {
        schema,
        data: {
          recipient: seededDevice(2, "attested device").id,
          expirationTime: 0n,
          revocable: true,
          refUID: ZeroHash,
          data: toBeHex(value, 24),
          value: 0n,
        },
      },
    ]);
  await attest(21_500_000_000_000_000_000n);
  const digests = Array.from({ length: stamps }, (_, i) => hex(sha256(toUtf8Bytes(`stamp ${i}`))));
  return {
    "peer.eas_attest": await attest(21_600_000_000_000_000_000n),
    "peer.eas_multi_timestamp_each": (await send("multiTimestamp", [digests])) / stamps,
  };
}
