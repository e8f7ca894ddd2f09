/** Where time comes from; injected so that tests move it by hand. */
export type Clock = { nowMs(): number };

/** The machine's clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };
