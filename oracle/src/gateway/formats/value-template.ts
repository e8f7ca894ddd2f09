import type { JsonValue } from "@fieldseal/sdk";
import { followPath, type JsonPath, parseJsonPath } from "../json-path.ts";
import { scalarText } from "../read-json.ts";
import { decimalSpelling } from "./mapping.ts";

/** A Home Assistant value template that can be evaluated without guessing. */
export type ValueTemplate = {
  readonly source: "value" | "value_json";
  readonly path: JsonPath;
  readonly filters: readonly Filter[];
};

type Filter = "float" | "int" | "lower" | "upper" | "trim" | "none";

const longest = 500;
// No part can take what the next may take too: an announcement is anybody's, and must not cost more than its length.
const expression =
  /^\s*\{\{-?\s*(value_json|value)((?:\.[A-Za-z_][\w-]*|\[[^\]]{1,80}\])*)\s*((?:\|[^|{}]*)*)\}\}\s*$/;

/**
 * Filters by their texts. `round` only says how a value is shown: its digits are kept. A default, as `float(0)`, would
 * invent a value that nobody measured: what cannot be converted is skipped instead.
 */
const filterOf = (text: string): Filter | undefined => {
  if (/^float(\(.{0,20}\))?$/.test(text)) return "float";
  if (/^int(\(.{0,20}\))?$/.test(text)) return "int";
  if (/^(round(\(\s*\d{0,2}\s*\))?|is_defined|string)$/.test(text)) return "none";
  return text === "lower" || text === "upper" || text === "trim" ? text : undefined;
};

/** @returns undefined for a template that does more than pick a value */
export function parseValueTemplate(text: string): ValueTemplate | undefined {
  const found = text.length > longest ? null : expression.exec(text);
  if (found === null) return undefined;
  const [, source, pathText = "", filterText = ""] = found;
  const path = parseJsonPath(pathText.replace(/^\./, ""));
  if (path === undefined || (source === "value" && path.length > 0)) return undefined;
  const filters: Filter[] = [];
  for (const part of filterText.split("|").slice(1)) {
    const filter = filterOf(part.replace(/-\s*$/, "").trim());
    if (filter === undefined) return undefined;
    filters.push(filter);
  }
  return { source: source === "value" ? "value" : "value_json", path, filters };
}

function apply(filter: Filter, text: string): string | undefined {
  switch (filter) {
    case "float":
      return decimalSpelling(text);
    case "int": {
      const digits = decimalSpelling(text);
      return digits === undefined || /e/.test(digits) ? undefined : digits.replace(/\..*$/, "");
    }
    case "lower":
      return text.toLowerCase();
    case "upper":
      return text.toUpperCase();
    case "trim":
      return text.trim();
    case "none":
      return text;
  }
}

/** What a template gives for a payload; undefined if there is nothing at its path or a filter cannot convert it. */
export function evaluateTemplate(
  template: ValueTemplate,
  payload: { readonly text: string; readonly json: () => JsonValue },
): string | undefined {
  const found =
    template.source === "value" ? payload.text : followPath(payload.json(), template.path);
  let text = scalarText(found);
  for (const filter of template.filters) {
    if (text === undefined) return undefined;
    text = apply(filter, text);
  }
  return text;
}
