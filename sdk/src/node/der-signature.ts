/**
 * A signature r ‖ s as DER (RFC 3279 section 2.2.3). Node checks P-256 in this form in two thirds of the time that the
 * other one takes it.
 * @param signature 64 bytes
 */
export function derSignature(signature: Uint8Array): Uint8Array {
  const r = startOf(signature, 0);
  const s = startOf(signature, 32);
  const rLength = 32 - r + padOf(signature, r);
  const sLength = 64 - s + padOf(signature, s);
  const der = new Uint8Array(6 + rLength + sLength);
  der[0] = 0x30;
  der[1] = 4 + rLength + sLength;
  der[2] = 2;
  der[3] = rLength;
  der.set(signature.subarray(r, 32), 4 + rLength - (32 - r));
  der[4 + rLength] = 2;
  der[5 + rLength] = sLength;
  der.set(signature.subarray(s, 64), 6 + rLength + sLength - (64 - s));
  return der;
}

/** Where the integer of the half at `start` begins: without leading zeros, one byte at least. */
function startOf(signature: Uint8Array, start: number): number {
  let at = start;
  while (at < start + 31 && signature[at] === 0) at++;
  return at;
}

/** One zero before a first bit that would mean a negative number. */
function padOf(signature: Uint8Array, at: number): number {
  return (signature[at] as number) >> 7;
}
