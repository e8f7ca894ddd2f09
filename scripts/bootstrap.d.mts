/** The project's folder. */
export const root: string;
/** Installs what the lockfile names when node_modules is missing or out of step. */
export function ensureInstalled(): void;
/** Runs a file with the pinned Node and ends this process as that one ended. */
export function runPinned(file: string, args: string[]): void;
