import fastify from "fastify";
import { emqxRoutes } from "../../../oracle/src/api/routes/broker-emqx.ts";
import { rabbitmqRoutes } from "../../../oracle/src/api/routes/broker-rabbitmq.ts";
import { createEmqxDoor } from "../../../oracle/src/broker/emqx/emqx-door.ts";
import { createRabbitmqDoor } from "../../../oracle/src/broker/rabbitmq/rabbitmq-door.ts";
import {
  createRemoteSessions,
  type RemoteClient,
} from "../../../oracle/src/broker/remote-sessions.ts";
import { testAuthority } from "../access/fixture.ts";
import { audience } from "./clients.ts";
import { newDevice, testCommon, testDirectory } from "./fixture.ts";

export const secret = "a-secret-of-16-or-more";

/** An authority with one enrolled device, and the routes by which a broker elsewhere asks it. */
export async function askingBench(options: { secret: string | undefined } = { secret }) {
  const common = testCommon();
  const directory = testDirectory();
  const device = newDevice(2);
  directory.enrol(device);
  const authority = testAuthority({ devices: directory, clock: common.clock, audience });
  const cuts: RemoteClient[] = [];
  const broker = {
    connected: [] as RemoteClient[],
    failing: false,
  };
  const sessions = createRemoteSessions({
    common,
    authority,
    prefix: "fieldseal/1",
    async cut(client) {
      if (broker.failing) throw new Error("management is away");
      cuts.push({ clientId: client.clientId, username: client.username });
    },
    connected: async () => broker.connected,
  });
  const app = fastify();
  const context = { common };
  await app.register(rabbitmqRoutes(context, createRabbitmqDoor(sessions, "/"), options.secret));
  await app.register(emqxRoutes(context, createEmqxDoor(sessions), options.secret));
  return { common, directory, device, authority, sessions, cuts, broker, app };
}

export type AskingBench = Awaited<ReturnType<typeof askingBench>>;
