import { enableCompileCache } from "node:module";

// A command's life is mostly loading: the second one takes half the time.
enableCompileCache();
const { runCli } = await import("./run-cli.ts");

// A reader that closes the pipe, as `| head` does, changes nothing of what the command found; a full disk hides it.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") process.exit(1);
});

process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  env: process.env,
  cwd: process.cwd(),
  nowMs: () => Date.now(),
});
