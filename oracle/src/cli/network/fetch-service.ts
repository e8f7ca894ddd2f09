import { FieldsealError } from "@fieldseal/sdk";
import { z } from "zod";

const failureSchema = z.object({ code: z.string(), message: z.string() });

const infoSchema = z.object({
  chainId: z.number(),
  registry: z.string(),
  accessGrants: z.string(),
  log: z.string(),
  logId: z.string(),
  domain: z.string(),
  committee: z.object({ operators: z.array(z.string()) }),
  broker: z.object({
    url: z.string().nullable(),
    topicPrefix: z.string(),
    authority: z.string(),
    audience: z.string(),
    login: z.enum(["token", "exchange"]).default("token"),
  }),
});

/** What the CLI takes from a service's `/v1/info`. */
export type ServiceInfo = z.infer<typeof infoSchema>;

const timeoutMs = 20_000;

function unreachable(url: URL, cause: unknown): FieldsealError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const reason = inner instanceof Error ? inner.message : String(inner);
  const message = `${url.origin} does not answer: ${reason}.`;
  return new FieldsealError("HTTP_UNREACHABLE", message, { url: url.origin }, { cause });
}

/**
 * A request to the service; resolves with an answer of status 2xx.
 * @throws HTTP_UNREACHABLE, or the code that the service refused with
 */
export async function fetchService(
  base: string,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const url = new URL(path, base.endsWith("/") ? base : `${base}/`);
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), ...init });
  } catch (cause) {
    throw unreachable(url, cause);
  }
  if (response.ok) return response;
  const failure = failureSchema.safeParse(await response.json().catch(() => undefined));
  if (failure.success) throw new FieldsealError(failure.data.code, failure.data.message);
  throw new FieldsealError(
    "HTTP_UNREACHABLE",
    `${url.origin} answers ${response.status}: it is no Fieldseal service.`,
  );
}

/** The answer's JSON. @throws as {@link fetchService} */
export async function fetchJson(base: string, path: string): Promise<unknown> {
  const response = await fetchService(base, path);
  return response.json().catch((cause: unknown) => {
    throw unreachable(new URL(base), cause);
  });
}

/** The service's `/v1/info`. @throws as {@link fetchService} */
export async function fetchInfo(base: string): Promise<ServiceInfo> {
  const info = infoSchema.safeParse(await fetchJson(base, "v1/info"));
  if (info.success) return info.data;
  throw new FieldsealError("HTTP_UNREACHABLE", `${base} is no Fieldseal service.`);
}
