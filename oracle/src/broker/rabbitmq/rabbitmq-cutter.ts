import { z } from "zod";
import type { ManagementApi } from "../management-api.ts";
import type { RemoteSessionsOptions } from "../remote-sessions.ts";

const connectionsSchema = z.array(z.object({ user: z.string().optional() }));

/**
 * Cuts sessions through RabbitMQ's management plugin: by user name, since `close_all_user_connections` of its command
 * line does not reach MQTT connections. The list of connections shows no client ids.
 */
export function rabbitmqCutter(
  api: ManagementApi,
): Pick<RemoteSessionsOptions, "cut" | "connected"> {
  return {
    cut: ({ username }) => api.remove(`/api/connections/username/${encodeURIComponent(username)}`),
    async connected() {
      const found = connectionsSchema.parse(await api.get("/api/connections?columns=user"));
      const names = new Set(found.flatMap(({ user }) => (user === undefined ? [] : [user])));
      return [...names].map((username) => ({ clientId: username, username }));
    },
  };
}
