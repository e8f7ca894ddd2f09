import { join } from "node:path";
import { root } from "../bootstrap.mjs";
import { goldenSolidity } from "./golden-solidity.ts";
import { actionVectors, loginVectors, receiptVectors } from "./vectors/actions.ts";
import { checkpointVectors, makeCheckpoint, makeProofs } from "./vectors/checkpoints.ts";
import { commandVectors, peerVectors } from "./vectors/commands.ts";
import { decimalVectors } from "./vectors/decimals.ts";
import { identityVectors } from "./vectors/identities.ts";
import { makeMessages, messageVectors } from "./vectors/messages.ts";
import { refusalVectors } from "./vectors/refusals.ts";
import { rfc9052Vectors } from "./vectors/rfc9052.ts";
import { treeVectors } from "./vectors/trees.ts";

/** The golden vectors, `sdk/vectors/*.json` and their Solidity form, by path. Deterministic (RFC 6979). */
export async function vectorFiles(): Promise<Map<string, string>> {
  const messages = await makeMessages();
  const checkpoint = makeCheckpoint(messages);
  const proofs = makeProofs(checkpoint);
  const contents: Record<string, unknown> = {
    identities: identityVectors(),
    decimals: decimalVectors(),
    messages: messageVectors(messages),
    refusals: refusalVectors(),
    trees: treeVectors(),
    checkpoint: checkpointVectors(checkpoint),
    proofs,
    actions: await actionVectors(),
    logins: await loginVectors(),
    receipts: receiptVectors(),
    commands: await commandVectors(),
    peers: await peerVectors(),
    rfc9052: rfc9052Vectors,
  };
  const files = new Map(
    Object.entries(contents).map(([name, content]) => [
      join(root, "sdk", "vectors", `${name}.json`),
      `${JSON.stringify(content, null, 2)}\n`,
    ]),
  );
  const solidity = join(root, "test", "solidity", "GoldenVectors.sol");
  return files.set(solidity, goldenSolidity(proofs));
}
