import { join } from "node:path";
import { type DeviceMessage, hex } from "@fieldseal/sdk";
import Sqlite from "better-sqlite3";
import { expect } from "chai";
import { startAnvil, type TestChain } from "../support/chain.ts";
import { checkSealed, identityOf } from "../support/check-sealed.ts";
import { type DeafPipe, startDeafPipe } from "../support/deaf-pipe.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { type FieldDevice, fieldDevice } from "../support/field-device.ts";
import { freePort } from "../support/free-port.ts";
import { type OracleProcess, startOracleProcess } from "../support/oracle-process.ts";
import { type Fate, type RpcProxy, startRpcProxy } from "../support/rpc-proxy.ts";
import { temporaryFolder } from "../support/service.ts";
import { until } from "../support/until.ts";

describe("kill −9 of the oracle", function () {
  this.timeout(120_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let node: TestChain;
  let proxy: RpcProxy;
  let pipe: DeafPipe;
  let deployment: TestDeployment;
  let environment: Record<string, string>;
  let http: string;
  let field: FieldDevice;
  let oracle: OracleProcess | undefined;

  beforeEach(async () => {
    folder = temporaryFolder();
    node = await startAnvil();
    proxy = await startRpcProxy(node.url);
    deployment = await deployOn(node);
    const [httpPort, mqttPort] = [await freePort(), await freePort()];
    http = `http://127.0.0.1:${httpPort}`;
    environment = deployment.environment(join(folder.path, "oracle"), {
      FIELDSEAL_RPC: proxy.url,
      FIELDSEAL_HTTP_PORT: String(httpPort),
      FIELDSEAL_MQTT_PORT: String(mqttPort),
      FIELDSEAL_SEAL_MESSAGES: "1",
    });
    pipe = await startDeafPipe(mqttPort);
    const device = await deployment.owner(2).enrol(2, deployment.logId);
    await node.mine(3);
    const mqtt = `mqtt://127.0.0.1:${pipe.port}`;
    const outboxFolder = join(folder.path, "outbox");
    field = await fieldDevice({ deployment, device, mqtt, outboxFolder });
  });
  afterEach(async () => {
    await oracle?.kill();
    await field?.close();
    await pipe?.stop();
    await proxy?.stop();
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  const start = async () => {
    oracle = startOracleProcess(environment);
    expect(await oracle.ready, oracle.log()).to.equal(true);
    return oracle;
  };
  const count = (table: string): number => {
    const store = new Sqlite(join(folder.path, "oracle", "store.db"), { readonly: true });
    try {
      return store.prepare<[], number>(`select count(*) from ${table}`).pluck().get() ?? 0;
    } finally {
      store.close();
    }
  };
  const send = () => field.send([{ name: "temperature", unit: "Cel", value: 21.5 }]);
  /** One message, one leaf, one checkpoint, one transaction; the device has its receipt. */
  const isSealedOnce = async (message: DeviceMessage) => {
    await field.stored(message);
    const sealed = await until("sealing", async () => {
      await node.mine();
      const found = await checkSealed(deployment, http);
      return found.checkpoints > 0 ? found : undefined;
    });
    expect([...sealed.messages]).to.deep.equal([[identityOf(message), hex(message.root)]]);
    expect(sealed.checkpoints).to.equal(1);
    expect(count("messages")).to.equal(1);
    expect(await deployment.provider.getTransactionCount(deployment.operator)).to.equal(1);
  };
  /** Resolves when the oracle sends its transaction, which meets `fate`. */
  const sending = (fate: Fate) =>
    new Promise<void>((resolve) => {
      proxy.decide = (method) => {
        if (method !== "eth_sendRawTransaction") return "pass";
        resolve();
        return fate;
      };
    });

  it("between the commit and PUBACK: the device sends again, and the message is there once", async () => {
    const killed = await start();
    await field.told("connected", 0);
    pipe.deaf = true;
    const message = await send();
    await until("the commit", () => count("messages") === 1);
    await killed.kill();
    expect(field.client.pending).to.equal(1);
    pipe.deaf = false;
    await start();
    await isSealedOnce(message);
  });

  it("between the attempt's row and its broadcast: the same bytes are sent after the restart", async () => {
    const sent = sending("keep request");
    const killed = await start();
    const message = await send();
    await sent;
    await killed.kill();
    expect(count("attempts")).to.equal(1);
    expect(await deployment.provider.getTransactionCount(deployment.operator)).to.equal(0);
    proxy.decide = () => "pass";
    await start();
    await isSealedOnce(message);
    expect(count("attempts")).to.equal(1);
  });

  it("between the broadcast and its note: the transaction is found, not sent twice", async () => {
    const sent = sending("keep answer");
    const killed = await start();
    const message = await send();
    await sent;
    await until("mining", async () => {
      const nonce = await deployment.provider.getTransactionCount(deployment.operator);
      return nonce === 1;
    });
    await killed.kill();
    expect(count("attempts where sent_at_ms is not null")).to.equal(0);
    proxy.decide = () => "pass";
    await start();
    await isSealedOnce(message);
    expect(count("attempts")).to.equal(1);
  });
});
