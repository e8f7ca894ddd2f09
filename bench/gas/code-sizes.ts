import { dataLength } from "ethers";
import type { Figures } from "../results/figures.ts";
import { ourArtifact } from "./artifact.ts";

/** EIP-170: bytes of code that a contract may have. */
export const codeSizeLimit = 24_576;

const deployed = [
  "access/AccessGrants",
  "identity/DeviceRegistry",
  "identity/KeyVerifiers",
  "log/ReadingLog",
];

/** Bytes of code of each contract that is deployed. */
export function measureCodeSizes(): Figures {
  return Object.fromEntries(
    deployed
      .map(ourArtifact)
      .map(({ contractName, deployedBytecode }) => [
        `size.${contractName}`,
        dataLength(deployedBytecode),
      ]),
  );
}
