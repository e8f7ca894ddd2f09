import { z } from "zod";
import type { ManagementApi } from "../management-api.ts";
import type { RemoteClient, RemoteSessionsOptions } from "../remote-sessions.ts";

const pageSchema = z.object({
  data: z.array(z.object({ clientid: z.string(), username: z.string().nullish() })),
  meta: z.object({ hasnext: z.boolean().optional() }),
});

const pageSize = 1000;

/** Cuts sessions through EMQX's REST API, version 5. */
export function emqxCutter(api: ManagementApi): Pick<RemoteSessionsOptions, "cut" | "connected"> {
  return {
    cut: ({ clientId }) => api.remove(`/api/v5/clients/${encodeURIComponent(clientId)}`),
    async connected() {
      const clients: RemoteClient[] = [];
      for (let page = 1; ; page++) {
        const path = `/api/v5/clients?page=${page}&limit=${pageSize}`;
        const { data, meta } = pageSchema.parse(await api.get(path));
        for (const { clientid, username } of data) {
          clients.push({ clientId: clientid, username: username ?? "" });
        }
        if (meta.hasnext !== true || data.length === 0) return clients;
      }
    },
  };
}
