import { type ProofFile, scaledToDecimal } from "@fieldseal/sdk";
import type { Row } from "./print.ts";

/** A point in time for people; 0 is a device without a clock. */
function timeText(milliseconds: bigint): string {
  if (milliseconds === 0n) return "none: the device has no clock";
  const date = new Date(Number(milliseconds));
  return Number.isNaN(date.getTime()) ? `${milliseconds} ms` : date.toISOString();
}

/** A reading's value for people. */
export function valueText({ kind, value, text, data }: ProofFile["reading"]): string {
  switch (kind) {
    case 0:
      return scaledToDecimal(BigInt(value));
    case 1:
      return value === "0" ? "false" : "true";
    case 2:
      return text === undefined ? `text with SHA-256 ${digestOf(value)}` : JSON.stringify(text);
    default:
      return data ?? `data with SHA-256 ${digestOf(value)}`;
  }
}

const digestOf = (value: string) =>
  `0x${BigInt.asUintN(256, BigInt(value)).toString(16).padStart(64, "0")}`;

/** Members of the committee whose bits are set. */
function signersOf(signers: string): string {
  const bits = BigInt(signers);
  const members = Array.from({ length: 32 }, (_, i) => i).filter((i) => (bits >> BigInt(i)) & 1n);
  return `${members.length} (member${members.length === 1 ? "" : "s"} ${members.join(", ")})`;
}

/** What a proof says, line by line. */
export function provenRows({ checkpoint, message, reading, ...proof }: ProofFile): Row[] {
  return [
    ["device", message.device],
    ["metric", reading.metric],
    ["value", valueText(reading)],
    ["time", timeText(BigInt(reading.time))],
    ["sealed at", timeText(BigInt(checkpoint.sealedAt) * 1000n)],
    ["checkpoint", `${checkpoint.index} of log ${proof.logId}, ${checkpoint.size} messages`],
    ["signers", `${signersOf(checkpoint.signers)} of epoch ${checkpoint.epoch}`],
    ["message", `key ${message.keyIndex}, sequence ${message.sequence}, record ${reading.record}`],
    ["log", `${proof.log} on chain ${proof.chainId}`],
  ];
}
