#!/usr/bin/env node
const wanted = 24;
const [major] = process.versions.node.split(".");

if (Number(major) < wanted) {
  process.stderr.write(
    `NODE_TOO_OLD  Fieldseal needs Node ${wanted} or newer, and this is ${process.versions.node}.\n` +
      "              Install it from https://nodejs.org, or run npx -p node@24 -p @fieldseal/oracle fieldseal.\n",
  );
  process.exitCode = 1;
} else {
  await import("../dist/cli/main.js");
}
