import { isIPv6 } from "node:net";

/**
 * Whom an address is counted as: itself, or the /64 that an IPv6 host has all addresses of (RFC 6177, RFC 8981); an
 * IPv4 address that came by an IPv6 socket (`::ffff:192.0.2.1`) is the IPv4 address.
 */
export function clientNetwork(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const bare = address.split("%")[0] ?? address;
  if (!isIPv6(bare)) return address;
  const [before = "", after] = bare.split("::");
  const parts = (text: string) => (text === "" ? [] : text.split(":"));
  // An IPv4 tail takes the place of two groups.
  const tail = parts(after ?? "").flatMap((part) => (part.includes(".") ? ["0", "0"] : [part]));
  const head = parts(before);
  const zeros = after === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array<string>(zeros).fill("0"), ...tail];
  const prefix = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(":")}::/64`;
}
