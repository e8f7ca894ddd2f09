/**
 * What speaks against a message now but not against what was stored before: if it is known already, the device is told
 * so instead.
 */
const standing = new Set([
  "RETAINED",
  "DEVICE_SUSPENDED",
  "DEVICE_RETIRED",
  "DEVICE_ELSEWHERE",
  "KEY_COMPROMISED",
  "KEY_EXPIRED",
]);

/** What says nothing about the message itself, or is kept elsewhere. */
const notKept = new Set(["RETAINED", "MESSAGE_CONFLICT", "STORE_FAILED"]);

export const isStanding = (code: string): boolean => standing.has(code);

/** Whether a message refused with this code goes into the quarantine and counts against its sender. */
export const isKept = (code: string): boolean => !notKept.has(code);
