import { decimalToScaled, errorCode } from "@fieldseal/sdk";

const texts = [
  "0",
  "-0",
  "21.5",
  "-21.5",
  "0.1",
  "1e-18",
  "0.000000000000000001",
  "1e-19",
  "10e-19",
  "0.1000000000000000000",
  "0.12345678901234567890",
  "123456789012345678901234567890",
  "1e58",
  "1e59",
  "57896044618658097711785492504343953926634992332820282019728.792003956564819967",
  "57896044618658097711785492504343953926634992332820282019728.792003956564819968",
  "-57896044618658097711785492504343953926634992332820282019728.792003956564819968",
  "0e999999999",
  "1e999999999",
  "1e-999999999",
  "01",
  "+1",
  "1.",
  ".5",
  "1e",
  "0x10",
  "NaN",
  "Infinity",
  "",
];

/** Decimal texts with their value times 10^18, or the code of the refusal. */
export function decimalVectors(): unknown {
  return texts.map((text) => {
    try {
      return { text, scaled: decimalToScaled(text).toString() };
    } catch (error) {
      return { text, refused: errorCode(error) };
    }
  });
}
