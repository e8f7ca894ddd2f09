/** What the CLI may touch of its process; tests pass their own. */
export type CliIo = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder against which file names are resolved. */
  readonly cwd: string;
  readonly nowMs: () => number;
};
