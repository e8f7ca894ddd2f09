import { hex } from "../bytes/hex.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { askLog, askRegistry, type CallProvider, checkChainId } from "./ask-chain.ts";
import { checkProofOffline, type OfflineVerdict } from "./check-proof-offline.ts";
import { proofCalldata } from "./proof-calldata.ts";
import type { ProofFile } from "./proof-file.ts";
import { refuseOtherLog } from "./refuse-other-log.ts";

export type VerifyProofOptions = {
  readonly provider: CallProvider;
  /**
   * The ReadingLog that the verifier trusts. Without it the proof names its own, and shows no more than that
   * some contract at that address agrees.
   */
  readonly log?: string;
  /** The id of the log that the verifier trusts: anybody may open another one in the same contract. */
  readonly logId?: bigint | string;
};

/**
 * Verifies a proof against the chain: offline first, then one eth_call of ReadingLog.verifySigned. What failed is
 * found out afterwards, so a good proof costs one call.
 * @throws PROOF_CHAIN, PROOF_CHECKPOINT, PROOF_KEY, PROOF_SIGNATURE, PROOF_READING, PROOF_MESSAGE
 */
export async function verifyProof(
  proof: ProofFile,
  { provider, log, logId: trustedId }: VerifyProofOptions,
): Promise<OfflineVerdict> {
  refuseOtherLog(proof, { log, logId: trustedId });
  const verdict = checkProofOffline(proof);
  await checkChainId(provider, proof.chainId);
  const { proof: struct, word } = proofCalldata(proof);
  const logId = BigInt(proof.logId);
  if (await askLog(provider, proof.log, "verifySigned", [logId, struct, word])) {
    return { ...verdict, signatureChecked: true };
  }
  throw await findFault(proof, verdict, provider);
}

async function findFault(
  { log, logId, checkpoint, message }: ProofFile,
  { commitment, keyId }: OfflineVerdict,
  provider: CallProvider,
): Promise<Error> {
  const { index } = checkpoint;
  const sealed = await askLog(provider, log, "commitmentOf", [BigInt(logId), BigInt(index)]);
  if (sealed !== hex(commitment)) {
    return sdkError("PROOF_CHECKPOINT", "The chain holds another checkpoint under this index.", {
      logId,
      index,
    });
  }
  const { device, keyIndex } = message;
  const registry = String(await askLog(provider, log, "registry", []));
  const known =
    keyIndex === 0 ? device : await askRegistry(provider, registry, "keyIdOf", [device, keyIndex]);
  if (String(known).toLowerCase() !== keyId) {
    return sdkError("PROOF_KEY", "The registry knows another key under this index.", {
      device,
      keyIndex,
    });
  }
  return sdkError("PROOF_SIGNATURE", "The device did not sign this message.", { device, keyIndex });
}
