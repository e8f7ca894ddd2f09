/** What a figure must not pass, and what it aims at where that is more. */
export type Bar = { readonly key: string; readonly atMost: number; readonly goal?: number };

/** Gas of whole transactions that the project holds itself to. */
export const gasBars: readonly Bar[] = [
  { key: "gas.enrol", atMost: 98_000, goal: 92_000 },
  { key: "gas.enrol_first", atMost: 116_000 },
  { key: "gas.append_3of4", atMost: 95_000, goal: 80_000 },
  { key: "gas.use_reading_depth17", atMost: 57_000, goal: 53_000 },
  { key: "gas.use_reading_signed", atMost: 72_000 },
];
