import { join } from "node:path";
import { permissions } from "@fieldseal/sdk";
import { expect } from "chai";
import type { MqttClient } from "mqtt";
import { connectClient } from "../oracle/broker/clients.ts";
import { startHardhatNode, type TestChain, testKey } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { type FieldDevice, fieldDevice } from "../support/field-device.ts";
import { grantActions } from "../support/grant-actions.ts";
import { type Mosquitto, startMosquitto } from "../support/mosquitto.ts";
import type { TestDevice } from "../support/registry-actions.ts";
import { type RunningOracle, runOracle } from "../support/running-oracle.ts";
import { temporaryFolder } from "../support/service.ts";
import { until } from "../support/until.ts";

const reader = `0x${"77".repeat(20)}`;

for (const restricted of [false, true]) {
  describe(`sealed sensors in Home Assistant, of a ${restricted ? "restricted" : "public"} log`, function () {
    this.timeout(120_000);
    const folder = temporaryFolder();
    const seen = new Map<string, string>();
    let node: TestChain;
    let deployment: TestDeployment;
    let home: Mosquitto;
    let watcher: MqttClient;
    let oracle: RunningOracle;
    let field: FieldDevice;
    let device: TestDevice;

    const start = () =>
      runOracle(deployment, join(folder.path, "oracle"), {
        FIELDSEAL_HOME_ASSISTANT: "homeassistant",
        // Where the log is public, devices speak at the same broker: no embedded one.
        ...(restricted
          ? { FIELDSEAL_HOME_ASSISTANT_MQTT: home.url, FIELDSEAL_HOME_ASSISTANT_READER: reader }
          : { FIELDSEAL_MQTT: home.url }),
      });
    const grants = () => grantActions(deployment.provider, deployment.accessGrants, testKey(2));
    const config = () => {
      const found = [...seen].find(
        ([topic, text]) => topic.includes(device.id) && topic.endsWith("/config") && text !== "",
      );
      return found && JSON.parse(found[1]);
    };
    const state = () => {
      const sensor: { stat_t: string } | undefined = Object.values<{ stat_t: string; p: string }>(
        config()?.cmps ?? {},
      ).find(({ stat_t }) => !stat_t.endsWith("/seal"));
      const text = sensor === undefined ? undefined : seen.get(sensor.stat_t);
      return text === undefined || text === "" ? undefined : JSON.parse(text);
    };
    const ours = () =>
      [...seen].filter(([topic, text]) => topic.includes(device.id) && text !== "");

    before(async () => {
      [node, home] = await Promise.all([startHardhatNode(), startMosquitto()]);
      deployment = await deployOn(node, { restricted });
      oracle = await start();
      device = await deployment.owner(2).enrol(2, deployment.logId);
      field = await fieldDevice({
        deployment,
        device,
        mqtt: oracle.mqtt,
        outboxFolder: join(folder.path, "outbox"),
      });
      watcher = await connectClient(home.url, { clientId: "home-assistant" });
      watcher.on("message", (topic, payload) => seen.set(topic, payload.toString()));
      await watcher.subscribeAsync(["homeassistant/#", "fieldseal-home-assistant/#"], { qos: 1 });
    });
    after(async () => {
      watcher?.end(true);
      await oracle?.stop();
      await home?.stop();
      await node?.stop();
      folder.remove();
    });

    if (restricted) {
      it("are not there before the chain lets Home Assistant's account read them", async () => {
        const { sequence } = await field.send([{ name: "temperature", unit: "Cel", value: 20 }]);
        await until("sealing", async () => {
          const { status } = await oracle.client.get(`/v1/proofs/${device.id}/0/${sequence}`);
          return status === 200;
        });
        await until("the status", () => [...seen.values()].includes("online"));
        expect(ours()).to.deep.equal([]);
        await grants().give(device.id, reader, permissions.READ);
      });
    }

    it("are there with their value and seal, and a proof where the state says it is", async () => {
      await until("an announcement", async () => {
        await field.send([{ name: "temperature", unit: "Cel", value: 21.5, timeMs: Date.now() }]);
        return config() !== undefined;
      });
      const sealed = await until("the seal", () => {
        const said = state();
        return said?.attributes.seal === "sealed" && said;
      });
      expect(sealed.value).to.equal("21.5");
      expect(sealed.attributes.checkpoint).to.be.a("number");
      if (!restricted) {
        const answer = await fetch(sealed.attributes.proof);
        expect(answer.status).to.equal(200);
      }
    });

    it("are unavailable while the oracle is gone, and go for good with their device", async () => {
      const status = () => [...seen].find(([topic]) => topic.endsWith("/status"))?.[1];
      await field.close();
      await oracle.stop();
      await until("the status", () => status() === "offline");
      oracle = await start();
      await until("the status", () => status() === "online");
      expect(config()).to.not.equal(undefined);
      if (restricted) await grants().take(device.id, reader);
      else await deployment.owner(2).send("retire", device.id);
      await until("withdrawal", () => ours().length === 0);
    });
  });
}
