import type { DeviceMessage, SignedFacts } from "@fieldseal/sdk";

/** The signed facts of a message, without what it carries beside them. */
export function factsOf({ device, keyIndex, sequence, root }: DeviceMessage): SignedFacts {
  return { device, keyIndex, sequence, root };
}
