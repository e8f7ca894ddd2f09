import type { Settings } from "./read-settings.ts";
import { settingSpecs } from "./setting-names.ts";

/** The secret settings' values. */
export function secretsOf(settings: Settings): string[] {
  const values: Readonly<Record<string, unknown>> = settings;
  return settingSpecs.flatMap(([name, { kind }]) => {
    const value = values[name];
    return kind === "secret" && typeof value === "string" ? [value] : [];
  });
}
