/** One question of a panel. */
export type Query = { readonly expr: string; readonly legend: string };

/** What a panel shows. */
export type PanelSpec = {
  readonly title: string;
  readonly what: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly kind?: "stat" | "timeseries";
};

/** Panels under one heading. */
export type Row = { readonly title: string; readonly panels: readonly PanelSpec[] };

/** A question and how its answers are named. */
export const q = (expr: string, legend: string): Query => ({ expr, legend });
