import { sdkError } from "../errors/sdk-error.ts";

/** mantissa × 10^exponent, exact (RFC 8949 section 3.4.4). */
export type Decimal = { readonly mantissa: bigint; readonly exponent: number };

/** Decimal places that a leaf keeps. */
export const decimalPlaces = 18;
const powers = Array.from({ length: 100 }, (_, exponent) => 10n ** BigInt(exponent));
const limit = 1n << 255n;
const grammar = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/** A number written as JSON writes it, digit for digit. @throws VALUE_FORMAT */
export function parseDecimal(text: string): Decimal {
  const parts = grammar.exec(text);
  if (parts === null) {
    throw sdkError("VALUE_FORMAT", "Not a decimal number.", { text: text.slice(0, 80) });
  }
  const [, sign, whole = "", fraction = "", power = "0"] = parts;
  const magnitude = BigInt(whole + fraction);
  const exponent = Number(power) - fraction.length;
  return { mantissa: sign === "-" ? -magnitude : magnitude, exponent };
}

/** The decimal that a JavaScript number's shortest text names. @throws VALUE_FORMAT if not finite */
export function decimalOf(value: number | bigint | string): Decimal {
  if (typeof value === "bigint") return { mantissa: value, exponent: 0 };
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw sdkError("VALUE_FORMAT", "Not a finite number.", { value: String(value) });
  }
  const { mantissa, exponent } = parseDecimal(String(value));
  // A zero has as many noughts as its exponent says, which a stranger may have written.
  if (mantissa === 0n) return { mantissa: 0n, exponent: 0 };
  let [shorter, power] = [mantissa, exponent];
  while (power < 0 && shorter % 10n === 0n) {
    shorter /= 10n;
    power++;
  }
  return { mantissa: shorter, exponent: power };
}

/**
 * A decimal times 10^18, exact, as an int256.
 * @throws VALUE_FORMAT, VALUE_RANGE, VALUE_PRECISION
 */
export function decimalToScaled(value: string | Decimal): bigint {
  const { mantissa, exponent } = typeof value === "string" ? parseDecimal(value) : value;
  if (mantissa === 0n) return 0n;
  const shift = exponent + decimalPlaces;
  const power = powers[Math.abs(shift)];
  let scaled: bigint;
  if (shift >= 0) {
    if (power === undefined) throw outOfRange(mantissa, exponent);
    scaled = mantissa * power;
  } else {
    if (power === undefined || mantissa % power !== 0n) {
      throw sdkError("VALUE_PRECISION", "More than 18 decimal places.", { exponent });
    }
    scaled = mantissa / power;
  }
  return checkScaled(scaled);
}

/** `scaled` itself if it fits an int256. @throws VALUE_RANGE */
export function checkScaled(scaled: bigint): bigint {
  if (scaled >= limit || scaled < -limit) throw outOfRange(scaled, -decimalPlaces);
  return scaled;
}

/** The shortest decimal text of a value times 10^18: "21.5" for 21500000000000000000. */
export function scaledToDecimal(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimalPlaces + 1, "0");
  const whole = digits.slice(0, -decimalPlaces);
  const fraction = digits.slice(-decimalPlaces).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

function outOfRange(mantissa: bigint, exponent: number): Error {
  const digits = mantissa.toString();
  return sdkError("VALUE_RANGE", "The number does not fit.", {
    mantissa: digits.slice(0, 80),
    exponent,
  });
}

/** A decimal as JSON writes it, digit for digit. */
export function decimalText({ mantissa, exponent }: Decimal): string {
  if (exponent === 0) return mantissa.toString();
  if (exponent > 0 || exponent < -decimalPlaces) return `${mantissa}e${exponent}`;
  const sign = mantissa < 0n ? "-" : "";
  const digits = (mantissa < 0n ? -mantissa : mantissa).toString().padStart(1 - exponent, "0");
  return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}
