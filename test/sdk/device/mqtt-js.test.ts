import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { type MqttOpenOptions, mqttJs } from "@fieldseal/sdk";
import { Aedes } from "aedes";
import { expect } from "chai";

type Credentials = { clientId: string; username: string | undefined; password: string | undefined };

describe("the MQTT port over mqtt.js", () => {
  let broker: Aedes;
  let server: Server;
  let port: number;
  const logins: Credentials[] = [];
  const open: MqttOpenOptions = {
    clientId: "device",
    username: "device",
    password: "token",
    onMessage: () => {},
    onClose: () => {},
  };
  const loginAt = async (url: string) => {
    const connection = await mqttJs(url).open(open);
    await connection.close();
    return logins.pop();
  };

  before(async () => {
    broker = await Aedes.createBroker({
      authenticate(client, username, password, done) {
        logins.push({ clientId: client.id, username, password: password?.toString() });
        done(null, true);
      },
    });
    server = createServer((socket) => broker.handle(socket)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
  });
  after(async () => {
    await new Promise<void>((done) => broker.close(() => done()));
    server.close();
  });

  it("logs in with the device's token", async () => {
    expect(await loginAt(`mqtt://127.0.0.1:${port}`)).to.deep.equal({
      clientId: "device",
      username: "device",
      password: "token",
    });
  });

  it("logs in as the URL says at a broker that has users of its own", async () => {
    expect(await loginAt(`mqtt://field%40site:p%3Ass@127.0.0.1:${port}`)).to.deep.equal({
      clientId: "device",
      username: "field@site",
      password: "p:ss",
    });
  });
});
