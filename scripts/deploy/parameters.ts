import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { moduleName } from "../../deploy/modules/Fieldseal.ts";
import { root } from "../bootstrap.mjs";
import type { Finding } from "./finding.ts";
import type { P256Route } from "./probe-p256.ts";

type ParameterFile = Record<string, { readonly p256Route?: number }>;

/** Compares the probe with what `deploy/parameters/<network>.json` holds; undefined if there is no such file. */
export function checkParameters(network: string, probed: P256Route): Finding | undefined {
  const path = join(root, "deploy", "parameters", `${network}.json`);
  if (!existsSync(path)) return undefined;
  const file: ParameterFile = JSON.parse(readFileSync(path, "utf8"));
  const noted = file[moduleName]?.p256Route;
  const check = "parameters";
  if (noted === probed) return { check, result: `p256Route ${probed}`, verdict: "ok" };
  const result = `p256Route ${noted} is noted, the chain asks for ${probed}`;
  return { check, result, verdict: "refused" };
}
