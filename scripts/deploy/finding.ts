/** One line of the probe. `refused` stops the deployment. */
export type Finding = {
  readonly check: string;
  readonly result: string;
  readonly verdict: "ok" | "note" | "refused";
};
