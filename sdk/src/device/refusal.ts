/** What a device does about a refusal. */
export type RefusalKind =
  /** The same bytes will never be taken. */
  | "permanent"
  /** This message may be taken later. */
  | "message"
  /** Nothing of this device is taken for the time being. */
  | "device";

const permanent = new Set([
  "TRAILING_BYTES",
  "JSON_SYNTAX",
  "METRIC_TOO_LONG",
  "TOPIC_MISMATCH",
  "DEVICE_RETIRED",
  "KEY_TYPE",
  "KEY_EXPIRED",
  "KEY_COMPROMISED",
  "SIGNATURE_INVALID",
]);

const ofOneMessage = new Set(["TIME_AHEAD", "RETAINED"]);

const permanentFamilies = ["MESSAGE_", "BODY_", "SENML_", "VALUE_"];

/**
 * Sorts the code of a refused receipt. A code this version does not know counts as passing:
 * resending a message in vain costs little, giving one up by mistake costs the message.
 */
export function refusalKind(code: string): RefusalKind {
  if (permanent.has(code) || permanentFamilies.some((family) => code.startsWith(family))) {
    return "permanent";
  }
  return ofOneMessage.has(code) ? "message" : "device";
}
