import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { oracleErrors, settingsTable } from "@fieldseal/oracle";
import { sdkErrors } from "@fieldseal/sdk";
import { openApiDocument } from "../oracle/src/api/openapi-document.ts";
import { root } from "./bootstrap.mjs";
import { abiFiles } from "./generate/abi.ts";
import { dashboard } from "./generate/dashboard.ts";
import { errorsPage } from "./generate/errors-page.ts";
import { performancePage } from "./generate/performance-page.ts";
import { settingsPage } from "./generate/settings-page.ts";
import { vectorFiles } from "./generate/vectors.ts";

const files = new Map([
  [join(root, "docs", "errors.md"), errorsPage({ ...sdkErrors, ...oracleErrors })],
  [join(root, "docs", "settings.md"), settingsPage(settingsTable)],
  [join(root, "docs", "openapi.json"), `${JSON.stringify(await openApiDocument(), null, 2)}\n`],
  [join(root, "docs", "performance.md"), performancePage()],
  [join(root, "deploy", "grafana", "fieldseal.json"), dashboard()],
  ...abiFiles(),
  ...(await vectorFiles()),
]);

const differing = [...files].filter(
  ([path, text]) => !existsSync(path) || readFileSync(path, "utf8") !== text,
);

if (process.argv.includes("--check")) {
  for (const [path] of differing) {
    process.stderr.write(`${relative(root, path)} is out of step: run node scripts/generate.ts\n`);
  }
  process.exitCode = differing.length > 0 ? 1 : 0;
} else {
  for (const [path, text] of differing) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
