import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/bootstrap.mjs";

/** Options of Node that the unit for systemd gives the oracle: what is measured is what is run. */
export function unitOptions(): string[] {
  const unit = readFileSync(join(root, "deploy", "systemd", "fieldseal.service"), "utf8");
  const options = /^Environment=NODE_OPTIONS="(.+)"$/m.exec(unit)?.[1];
  if (options === undefined) throw new Error("The unit has no NODE_OPTIONS.");
  return options.split(" ");
}
