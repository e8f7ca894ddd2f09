/** Figures by key, such as "gas.enrol"; units stand in the key or follow from its first part. */
export type Figures = Record<string, number>;

/** Whole numbers above a thousand, four significant digits below. */
export function roundFigure(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4));
}
