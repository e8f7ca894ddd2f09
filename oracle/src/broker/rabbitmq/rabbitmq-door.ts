import type { RemoteClient, RemoteSessions } from "../remote-sessions.ts";
import type { TopicUse } from "../session-rights.ts";
import { topicOfRoutingKey } from "./routing-key.ts";

/** A field of a question; undefined if it is missing or comes more than once. */
export type Field = (name: string) => string | undefined;

/** The four questions of rabbitmq_auth_backend_http; each answers whether to allow. */
export type RabbitmqDoor = {
  readonly [question in "user" | "vhost" | "resource" | "topic"]: (
    field: Field,
  ) => boolean | Promise<boolean>;
};

/** The exchange that the MQTT plugin publishes to (`mqtt.exchange`). */
const exchange = "amq.topic";
const uses: Readonly<Record<string, TopicUse>> = { write: "publish", read: "subscribe" };

/**
 * Answers RabbitMQ for MQTT clients. A client of another protocol names no client id, so it stays outside: AMQP would
 * let it write to queues past the topics.
 */
export function createRabbitmqDoor(sessions: RemoteSessions, vhost: string): RabbitmqDoor {
  const clientOf = (field: Field, idField = "client_id"): RemoteClient | undefined => {
    const clientId = field(idField);
    const username = field("username");
    if (clientId === undefined || username === undefined || field("vhost") !== vhost) {
      return undefined;
    }
    return { clientId, username };
  };
  const standing = (field: Field): RemoteClient | undefined => {
    const client = clientOf(field);
    return client !== undefined && sessions.stands(client) ? client : undefined;
  };

  return {
    async user(field) {
      const client = clientOf(field);
      if (client === undefined) return false;
      return (await sessions.login(client, field("password") ?? "")) !== undefined;
    },
    vhost: (field) => standing(field) !== undefined,
    resource(field) {
      const client = standing(field);
      if (client === undefined) return false;
      const [kind, name, permission] = [field("resource"), field("name"), field("permission")];
      if (kind === "exchange") return name === exchange && permission !== "configure";
      const own = `mqtt-subscription-${client.clientId}qos`;
      return kind === "queue" && (name === `${own}0` || name === `${own}1`);
    },
    topic(field) {
      const client = clientOf(field, "variable_map.client_id");
      const use = uses[field("permission") ?? ""];
      const topic = topicOfRoutingKey(field("routing_key") ?? "");
      if (client === undefined || use === undefined || topic === undefined) return false;
      if (field("resource") !== "topic" || field("name") !== exchange) return false;
      return sessions.allows(client, use, topic);
    },
  };
}
