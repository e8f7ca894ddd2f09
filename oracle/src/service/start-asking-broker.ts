import { FieldsealError } from "@fieldseal/sdk";
import { emqxCutter } from "../broker/emqx/emqx-cutter.ts";
import { createEmqxDoor } from "../broker/emqx/emqx-door.ts";
import { managementApi } from "../broker/management-api.ts";
import { rabbitmqCutter } from "../broker/rabbitmq/rabbitmq-cutter.ts";
import { createRabbitmqDoor } from "../broker/rabbitmq/rabbitmq-door.ts";
import { isRoutablePrefix } from "../broker/rabbitmq/routing-key.ts";
import { createRemoteSessions } from "../broker/remote-sessions.ts";
import type { BrokerDoors } from "../broker/types.ts";
import type { Settings } from "../config/read-settings.ts";
import { keepStep } from "./keep-step.ts";
import type { Broker, ExternalStart } from "./start-broker.ts";

const invalid = (message: string) => new FieldsealError("SETTING_INVALID", message);

function checkedSecret({ brokerSecret: secret }: Settings): string | undefined {
  if (secret === undefined || /^[\w-]{16,80}$/.test(secret)) return secret;
  throw invalid("FIELDSEAL_BROKER_SECRET is not 16 to 80 of A-Z a-z 0-9 _ -.");
}

function managementUrl(kind: string, { brokerManagement: url }: Settings): string {
  if (url === undefined) {
    const message = `FIELDSEAL_BROKER_MANAGEMENT is not given: ${kind}'s management URL.`;
    throw new FieldsealError("SETTING_MISSING", message);
  }
  if (URL.canParse(url) && /^https?:/.test(url)) return url;
  throw invalid("FIELDSEAL_BROKER_MANAGEMENT: its value is not a URL of http or https.");
}

/**
 * A broker that asks the authority over HTTP about logins and topics, and is told whom to cut.
 * @throws SETTING_MISSING, SETTING_INVALID, MQTT_CONNECT, MQTT_LOGIN, BROKER_SUBSCRIPTION
 */
export async function startAskingBroker(
  kind: "rabbitmq" | "emqx",
  { settings, common, authority, connect }: ExternalStart,
): Promise<Omit<Broker, "url">> {
  const { topicPrefix, rabbitmqVhost } = settings;
  if (kind === "rabbitmq" && !isRoutablePrefix(topicPrefix)) {
    throw invalid("FIELDSEAL_TOPIC_PREFIX cannot be a routing key of RabbitMQ: no dots in it.");
  }
  const secret = checkedSecret(settings);
  const api = managementApi(managementUrl(kind, settings));
  const cutter = kind === "rabbitmq" ? rabbitmqCutter(api) : emqxCutter(api);
  const sessions = createRemoteSessions({ common, authority, prefix: topicPrefix, ...cutter });
  const doors: BrokerDoors =
    kind === "rabbitmq"
      ? { secret, rabbitmq: createRabbitmqDoor(sessions, rabbitmqVhost) }
      : { secret, emqx: createEmqxDoor(sessions, topicPrefix) };
  const { connected, publishReceipt, stop } = await connect();
  const cutting = keepStep(common, `${kind} sessions`, () => sessions.step());
  return {
    doors,
    isUp: () => connected() > 1,
    connected,
    recheck: cutting.wake,
    publishReceipt,
    async stop() {
      await cutting.stop();
      await stop();
    },
  };
}
