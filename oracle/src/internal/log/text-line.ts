const levels: Readonly<Record<number, string>> = {
  10: "TRACE",
  20: "DEBUG",
  30: "INFO",
  40: "WARN",
  50: "ERROR",
  60: "FATAL",
};

const shownFirst = new Set(["level", "time", "pid", "hostname", "msg", "part", "code", "err"]);

/** What came from outside must not look like a line of its own. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

function fieldText(value: unknown): string {
  return typeof value === "string" && !/[\s\p{Cc}]/u.test(value) ? value : JSON.stringify(value);
}

function stackOf(err: unknown): string {
  if (typeof err !== "object" || err === null) return "";
  const { stack, message } = err as { stack?: unknown; message?: unknown };
  const text = String(stack ?? message ?? "");
  return text === "" ? "" : `\n    ${text.replaceAll("\n", "\n    ")}`;
}

/** A log line of JSON as people read it: time, level, part, code, message, the other fields, the error's stack. */
export function textLine(line: string): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line);
  } catch {
    return line;
  }
  const { level, time, part, code, msg, err } = entry;
  const at = new Date(Number(time)).toISOString().slice(11, 23);
  const name = (levels[Number(level)] ?? String(level)).padEnd(5);
  const fields = Object.entries(entry)
    .filter(([key]) => !shownFirst.has(key))
    .map(([key, value]) => `${key}=${fieldText(value)}`);
  const words = [at, name, part, code, msg]
    .filter((word) => word !== undefined)
    .map((word) => oneLine(String(word)))
    .concat(fields);
  return `${words.join(" ")}${stackOf(err)}\n`;
}
