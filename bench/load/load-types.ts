/** A device of the load: how it logs in, and the packets' payloads in order, or the file where its packets lie. */
export type LoadDevice = {
  readonly id: string;
  readonly password?: string;
  readonly upTopic: string;
  readonly receiptTopic: string;
  readonly payloads?: readonly Uint8Array[];
  /** Whole PUBLISH packets one after the other. */
  readonly file?: string;
};

/**
 * What a load process does once all its devices are connected. "window": each keeps `window` messages without receipt
 * under way until all are done. "paced": each sends one every `intervalMs`. "flood": each sends its payloads over and
 * over as fast as the broker takes them, until the process is ended. "burst": each sends all it has as fast as the
 * broker takes it.
 */
export type LoadPlan =
  | { readonly kind: "window"; readonly window: number }
  | { readonly kind: "paced"; readonly intervalMs: number }
  | { readonly kind: "flood" }
  | { readonly kind: "burst" };

export type LoadOrder = {
  readonly port: number;
  readonly devices: readonly LoadDevice[];
  readonly plan: LoadPlan;
};

/** What the load process tells: that it stands ready, and the times from sending to receipt. */
export type LoadReport =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly latenciesMs: readonly number[] };
