import type { TestStep } from "./steps.ts";

const check = (name: string, command: string, ...args: string[]): TestStep => ({
  name,
  command,
  args,
  kind: "check",
});

/** Lint, format, types, dead code and generated files. */
export const checks: readonly TestStep[] = [
  check("lint and format (TypeScript)", "biome", "check", "--error-on-warnings", "."),
  check("lint (Solidity)", "solhint", "--max-warnings", "0", "contracts/**/*.sol"),
  check("format (Solidity)", "prettier", "--check", "contracts/**/*.sol", "test/solidity/**/*.sol"),
  check("types", "tsc", "--noEmit", "-p", "."),
  check("dead code", "knip"),
  check("generated files", "node", "scripts/generate.ts", "--check"),
];
