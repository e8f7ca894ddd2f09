#!/usr/bin/env node
// Runs the CLI with the project's own Node, whatever Node started this file.
import { join } from "node:path";
import { ensureInstalled, root, runPinned } from "../../scripts/bootstrap.mjs";

ensureInstalled();
runPinned(join(root, "oracle", "src", "cli", "main.ts"), process.argv.slice(2));
