import { readFileSync } from "node:fs";
import { FieldsealError } from "@fieldseal/sdk";

/** @throws FILE_UNREADABLE, FILE_FORMAT when it is no JSON */
export function readJsonFile(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new FieldsealError("FILE_UNREADABLE", `${path} cannot be read.`, {}, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FieldsealError("FILE_FORMAT", `${path} is no JSON file.`, {}, { cause });
  }
}
