import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * A configuration of deploy/brokers with its `{{names}}` filled in.
 * @throws Error that names what the template wants and was not given
 */
export function renderTemplate(name: string, values: Readonly<Record<string, string>>): string {
  const path = fileURLToPath(new URL(`../../deploy/brokers/${name}`, import.meta.url));
  return readFileSync(path, "utf8").replaceAll(/\{\{(\w+)\}\}/g, (_whole, wanted: string) => {
    const value = values[wanted];
    if (value === undefined) throw new Error(`${name} wants ${wanted}`);
    return value;
  });
}
