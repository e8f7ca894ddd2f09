/** Replaces secrets in what leaves the process. */
export type Redact = (text: string) => string;

const hidden = "[redacted]";
// Shorter ones would cut up every line; the brokers and the chain take none so short.
const shortest = 4;
/** A part of a path that is no word of a URL but a provider's key. */
const keyLength = 16;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What is secret in a URL: user and password, and a path or query in which providers put their keys. */
function partsOfUrl(url: URL): string[] {
  const { username, password, host, pathname, search, searchParams } = url;
  const userinfo = username === "" && password === "" ? [] : [`${username}:${password}@`];
  const place = pathname.length + search.length > 1 ? [`${host}${pathname}${search}`] : [];
  const segments = pathname.split("/").filter((part) => part.length >= keyLength);
  const texts = [...userinfo, password, ...place, ...segments, ...searchParams.values()];
  return texts.flatMap((text) => [text, decoded(text)]);
}

function needlesOf(secret: string): string[] {
  const urls = secret.split(/,(?=[a-z][a-z0-9+.-]*:\/\/)/i);
  if (urls.length > 1) return urls.flatMap(needlesOf);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(secret) && URL.canParse(secret)) {
    return partsOfUrl(new URL(secret));
  }
  const bare = secret.replace(/^0x/i, "");
  return [secret, bare, bare.toLowerCase(), bare.toUpperCase()];
}

/** Hides the secrets, in whatever way they are written into a line of text or JSON. */
export function redactor(secrets: readonly string[]): Redact {
  const needles = secrets
    .flatMap(needlesOf)
    .flatMap((needle) => [needle, JSON.stringify(needle).slice(1, -1), encodeURIComponent(needle)])
    .filter((needle) => needle.length >= shortest);
  // The longest first: a part of a secret must not be cut out of the whole.
  const ordered = [...new Set(needles)].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((left, needle) => left.replaceAll(needle, hidden), text);
}
