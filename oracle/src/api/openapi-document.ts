import type { ApiContext } from "./api-context.ts";
import { buildApp } from "./build-app.ts";

/** Routes reach for their sources when they are called, never when they are registered. */
const noSources = new Proxy<Partial<ApiContext>>(
  {},
  {
    get: (_target, name) => {
      throw new Error(`The OpenAPI document needs no ${String(name)}.`);
    },
  },
) as ApiContext;

/** The OpenAPI 3.1 document of the API, as `docs/openapi.json` holds it. */
export async function openApiDocument(): Promise<object> {
  const app = await buildApp(noSources, { requestsPerMinute: 1 });
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document;
}
