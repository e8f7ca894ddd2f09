import { decimalOf, decimalText, parseDecimal } from "@fieldseal/sdk";

/** A number times a factor, exact, both as decimal text. @throws VALUE_FORMAT if one is no number */
export function scaled(number: string, factor: string): string {
  const a = parseDecimal(number);
  const b = parseDecimal(factor);
  const product = { mantissa: a.mantissa * b.mantissa, exponent: a.exponent + b.exponent };
  const { mantissa, exponent } = decimalOf(decimalText(product));
  return decimalText({ mantissa, exponent });
}
