import { sdkError } from "../errors/sdk-error.ts";

/** Longest metric in bytes: one byte of a bytes32 stays zero. */
export const maxMetricLength = 31;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9\-:._]*$/;
const unitPattern = /^[\x21-\x7e]*$/;

/**
 * A metric's text: name, then `/unit` if there is one. Names have no slash, so the first one parts them.
 * @throws SENML_NAME, SENML_UNIT, METRIC_TOO_LONG
 */
export function metricText(name: string, unit?: string): string {
  if (!namePattern.test(name)) {
    throw sdkError("SENML_NAME", "Not a name by RFC 8428 section 4.5.1 without slashes.", {
      name: name.slice(0, 80),
    });
  }
  if (unit === undefined || unit === "") return checkLength(name);
  if (!unitPattern.test(unit)) {
    throw sdkError("SENML_UNIT", "Not a unit.", { unit: unit.slice(0, 80) });
  }
  return checkLength(`${name}/${unit}`);
}

/** Name and unit of a metric's text. @throws SENML_NAME, SENML_UNIT, METRIC_TOO_LONG */
export function splitMetric(metric: string): { name: string; unit?: string } {
  const slash = metric.indexOf("/");
  const name = slash < 0 ? metric : metric.slice(0, slash);
  const unit = slash < 0 ? undefined : metric.slice(slash + 1);
  metricText(name, unit);
  if (unit === undefined) return { name };
  if (unit === "") throw sdkError("SENML_UNIT", "A slash without a unit.", { metric });
  return { name, unit };
}

/** A metric as leaves and contracts hold it: 32 bytes, zero-padded. @throws as {@link metricText} */
export function encodeMetric(name: string, unit?: string): Uint8Array {
  const out = new Uint8Array(32);
  writeMetric(out, 0, metricText(name, unit));
  return out;
}

/** The text of a bytes32 metric. @throws SENML_NAME, SENML_UNIT, METRIC_TOO_LONG */
export function decodeMetric(bytes: Uint8Array): string {
  let text = "";
  let i = 0;
  while (i < bytes.length && bytes[i] !== 0) text += String.fromCharCode(bytes[i++] as number);
  for (; i < bytes.length; i++) {
    if (bytes[i] !== 0) throw sdkError("SENML_NAME", "A metric with a zero inside.", { text });
  }
  splitMetric(text);
  return text;
}

/** Writes a metric's ASCII text at `at`; the rest of its 32 bytes must be zero already. */
export function writeMetric(out: Uint8Array, at: number, metric: string): void {
  for (let i = 0; i < metric.length; i++) out[at + i] = metric.charCodeAt(i);
}

function checkLength(metric: string): string {
  if (metric.length > maxMetricLength) {
    throw sdkError("METRIC_TOO_LONG", `The metric has ${metric.length} bytes, 31 fit.`, { metric });
  }
  return metric;
}
