import type { ApiContext } from "../../../oracle/src/api/api-context.ts";
import { buildApp } from "../../../oracle/src/api/build-app.ts";
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
  // One request a minute from an address: a broker, whose logins all come from one, is not held to it.
  const app = await buildApp(Object.assign({} as ApiContext, { common }), {
    requestsPerMinute: 1,
    doors: {
      secret: options.secret,
      rabbitmq: createRabbitmqDoor(sessions, "/"),
      emqx: createEmqxDoor(sessions),
    },
  });
  return { common, directory, device, authority, sessions, cuts, broker, app };
}

export type AskingBench = Awaited<ReturnType<typeof askingBench>>;
