import { sdkError } from "../errors/sdk-error.ts";

/**
 * Whoever chooses the log chooses its committee, and anybody may open a log in a ReadingLog: a verifier compares
 * contract and id with those he trusts, as far as he names them.
 * @throws PROOF_CHECKPOINT
 */
export function refuseOtherLog(
  found: { readonly log: string; readonly logId: string },
  trusted: { readonly log: string | undefined; readonly logId: bigint | string | undefined },
): void {
  const { log = found.log, logId = found.logId } = trusted;
  if (log.toLowerCase() !== found.log.toLowerCase()) {
    throw sdkError("PROOF_CHECKPOINT", `It is of the log contract ${found.log}, not of ${log}.`, {
      trusted: log,
      found: found.log,
    });
  }
  if (logId.toString() !== found.logId) {
    throw sdkError("PROOF_CHECKPOINT", `It is of log ${found.logId}, not of ${logId}.`, {
      trusted: logId.toString(),
      found: found.logId,
    });
  }
}
