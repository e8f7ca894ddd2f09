import { randomBytes } from "node:crypto";
import { FieldsealError } from "@fieldseal/sdk";
import type { Logger } from "pino";
import { z } from "zod";
import { connectDynamicSecurity, type DynsecCommand } from "./dynamic-security.ts";
import { heartbeatTopic } from "./heartbeat.ts";

const oracleRole = "fieldseal-oracle";

const clientSchema = z.object({
  client: z.object({ roles: z.array(z.object({ rolename: z.string() })) }),
});

/** Denies by default, and lets the oracle do what the plugin's admin role does not. */
function rightsOf(prefix: string): DynsecCommand[] {
  const allow = (acltype: string, topic: string) => ({ acltype, topic, allow: true });
  const acls = [
    allow("publishClientSend", `${prefix}/+/receipt`),
    allow("publishClientSend", heartbeatTopic(prefix)),
    allow("subscribePattern", `${prefix}/+/up`),
    allow("publishClientReceive", `${prefix}/+/up`),
  ];
  return [
    {
      command: "setDefaultACLAccess",
      acls: [
        { acltype: "publishClientSend", allow: false },
        { acltype: "publishClientReceive", allow: false },
        { acltype: "subscribe", allow: false },
        { acltype: "unsubscribe", allow: true },
      ],
    },
    { command: "createRole", rolename: oracleRole, acls: [] },
    { command: "modifyRole", rolename: oracleRole, acls },
  ];
}

/**
 * Gives the oracle's user at Mosquitto its rights. A connection of its own: Mosquitto ends every connection of a user
 * who is given a role, this one too.
 * @throws MQTT_CONNECT, BROKER_CONTROL
 */
export async function prepareMosquitto(log: Logger, url: string, prefix: string): Promise<void> {
  const username = decodeURIComponent(new URL(url).username);
  const clientId = `fieldseal-setup-${randomBytes(4).toString("hex")}`;
  const control = await connectDynamicSecurity({ log, url, clientId });
  try {
    const answers = await control.run([...rightsOf(prefix), { command: "getClient", username }]);
    const found = clientSchema.safeParse(answers.at(-1)?.data);
    if (!found.success) {
      const why = answers.at(-1)?.error ?? "no answer";
      throw new FieldsealError("BROKER_CONTROL", `Mosquitto does not show ${username}: ${why}.`);
    }
    if (found.data.client.roles.some(({ rolename }) => rolename === oracleRole)) return;
    await control
      .run([{ command: "addClientRole", username, rolename: oracleRole }])
      .catch((error: unknown) => log.debug({ err: error }, "ended by its own change, as expected"));
  } finally {
    await control.stop();
  }
}
