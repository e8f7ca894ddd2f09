import { FieldsealError } from "@fieldseal/sdk";

/** What a client's answer to a raw transaction means. None of them proves or disproves inclusion. */
export type SendOutcome = "taken" | "known" | "nonce" | "underpriced" | "funds" | "refused";

const patterns: readonly (readonly [SendOutcome, RegExp])[] = [
  ["known", /already known|already imported|known transaction|already exists/i],
  ["nonce", /nonce.{0,20}too low|expected nonce|already been used|invalid nonce/i],
  ["underpriced", /underpriced|fee.{0,40}(?:too low|less than|lower than)|below.{0,20}base ?fee/i],
  ["funds", /insufficient (?:funds|balance)|enough funds|exceeds.{0,20}balance|gas \* price/i],
];

/** Classifies the error of eth_sendRawTransaction; clients agree on no codes, so the words decide. */
export function outcomeOf(error: FieldsealError): SendOutcome {
  return patterns.find(([, pattern]) => pattern.test(error.message))?.[0] ?? "refused";
}

/** Whether the client answered with an error, as against not at all. */
export function isClientError(error: unknown): error is FieldsealError {
  return error instanceof FieldsealError && error.code === "CHAIN_RPC";
}
