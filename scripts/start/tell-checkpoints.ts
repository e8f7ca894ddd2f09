type Checkpoint = {
  readonly index: string;
  readonly size: string;
  readonly state: string;
  readonly sealedAt: string | null;
  readonly transaction: string | null;
  readonly block: string | null;
};

const pageSize = 20;

async function newest(http: string): Promise<Checkpoint[]> {
  const response = await fetch(`${http}/v1/checkpoints?limit=${pageSize}`);
  if (!response.ok) return [];
  const { items } = (await response.json()) as { items: Checkpoint[] };
  return items;
}

/** A checkpoint on one line: time, index, messages, block, transaction. */
function checkpointLine({ index, size, sealedAt, block, transaction }: Checkpoint): string {
  const time = new Date(Number(sealedAt) * 1000).toISOString().slice(11, 19);
  const columns = [
    `${time}Z`,
    `checkpoint ${index.padStart(4)}`,
    `${size.padStart(5)} message${size === "1" ? " " : "s"}`,
    `block ${(block ?? "").padStart(5)}`,
    transaction ?? "",
  ];
  return columns.join("  ");
}

/**
 * A step that prints each checkpoint once, when it is final, from the service's own HTTP interface.
 * @param onFirst called after the first line
 */
export function tellCheckpoints(http: string, print: (line: string) => void, onFirst: () => void) {
  let told: bigint | undefined;
  return async (): Promise<number> => {
    for (const checkpoint of (await newest(http)).reverse()) {
      const index = BigInt(checkpoint.index);
      if (checkpoint.state !== "final" || (told !== undefined && index <= told)) continue;
      const isFirst = told === undefined;
      told = index;
      print(checkpointLine(checkpoint));
      if (isFirst) onFirst();
    }
    return 500;
  };
}
