import { topicsOf } from "@fieldseal/sdk";
import { expect } from "chai";
import type { DynsecCommand } from "../../../oracle/src/broker/mosquitto/dynamic-security.ts";
import { createMosquittoGate } from "../../../oracle/src/broker/mosquitto/mosquitto-gate.ts";
import { createMosquittoGuard } from "../../../oracle/src/broker/mosquitto/mosquitto-guard.ts";
import { testAuthority } from "../access/fixture.ts";
import { audience, tokenOf } from "./clients.ts";
import { newDevice, testCommon, testDirectory } from "./fixture.ts";

type Client = { password: string; clientid: string; disabled: boolean };

/** Mosquitto's dynamic security as far as it is used: users and roles in memory. */
function pluginInMemory() {
  const clients = new Map<string, Client>();
  const roles = new Map<string, unknown[]>();
  const published: string[] = [];
  const plugin = { clients, roles, published, failing: false, commands: [] as string[] };
  const one = (given: DynsecCommand): { error?: string; data?: unknown } => {
    const { command } = given;
    const username = String(given.username);
    const rolename = String(given.rolename);
    const client = clients.get(username);
    plugin.commands.push(command);
    switch (command) {
      case "listClients": {
        const shown = [...clients].map(([name, { disabled }]) => ({
          username: name,
          ...(disabled ? { disabled } : {}),
        }));
        return { data: { clients: [{ username: "fieldseal" }, ...shown] } };
      }
      case "listRoles":
        return { data: { roles: ["admin", ...roles.keys()] } };
      case "createRole":
        if (roles.has(rolename)) return { error: "Role already exists" };
        roles.set(rolename, given.acls as unknown[]);
        return {};
      case "modifyRole":
        roles.set(rolename, given.acls as unknown[]);
        return {};
      case "deleteRole":
        return roles.delete(rolename) ? {} : { error: "Role not found" };
      case "createClient": {
        if (client !== undefined) return { error: "Client already exists" };
        const { password, clientid } = given as unknown as Client;
        clients.set(username, { password, clientid, disabled: false });
        return {};
      }
      case "deleteClient":
        return clients.delete(username) ? {} : { error: "Client not found" };
      case "setClientPassword":
        if (client === undefined) return { error: "Client not found" };
        client.password = String(given.password);
        return {};
      case "enableClient":
      case "disableClient":
        if (client === undefined) return { error: "Client not found" };
        client.disabled = command === "disableClient";
        return {};
      default:
        throw new Error(`what is ${command}?`);
    }
  };
  return Object.assign(plugin, {
    async run(commands: readonly DynsecCommand[]) {
      if (plugin.failing) throw new Error("no answer");
      return commands.map((given) => ({ command: given.command, ...one(given) }));
    },
    async publish(topic: string) {
      published.push(topic);
    },
    async stop() {},
  });
}

describe("Mosquitto's users, kept by the authority", () => {
  const prefix = "fieldseal/1";
  let common: ReturnType<typeof testCommon>;
  let directory: ReturnType<typeof testDirectory>;
  let plugin: ReturnType<typeof pluginInMemory>;
  let gate: ReturnType<typeof createMosquittoGate>;
  let drawn: number;
  const device = newDevice(2);
  const id = device.device;

  const exchange = async (topics: string[] = [], lifetimeS = 3600) =>
    gate.exchange({
      clientId: id,
      token: await tokenOf(device, common.clock.nowMs(), { lifetimeS }),
      topics,
    });

  beforeEach(async () => {
    common = testCommon();
    directory = testDirectory();
    directory.enrol(device);
    plugin = pluginInMemory();
    drawn = 0;
    const { clock } = common;
    const authority = testAuthority({ devices: directory, clock, audience });
    const random = (length: number) => new Uint8Array(length).fill(++drawn);
    gate = createMosquittoGate({ common, authority, prefix, random });
    gate.attach(plugin);
  });

  it("are one user and one role a login, with the device's own rights by their whole names", async () => {
    const { username, password, expires } = await exchange();
    expect(username).to.equal(id);
    expect(Buffer.from(password, "base64url").length).to.equal(32);
    expect(expires).to.equal(Math.floor(common.clock.nowMs() / 1000) + 3600);
    expect(plugin.clients.get(id)).to.deep.equal({ password, clientid: id, disabled: false });
    const { up, receipt } = topicsOf(prefix, id);
    const rules = plugin.roles.get(`fieldseal:${id}`);
    expect(rules).to.deep.include({ acltype: "publishClientSend", topic: up, allow: true });
    expect(rules).to.deep.include({ acltype: "subscribeLiteral", topic: receipt, allow: true });
    expect(JSON.stringify(rules)).to.not.match(/[#+%]/);
  });

  it("have no right that the authority does not give, whatever topics they ask for", async () => {
    const other = topicsOf(prefix, newDevice(1).device);
    await exchange([
      other.up,
      other.receipt,
      "#",
      `${prefix}/+/up`,
      `${prefix}/market/parking/request`,
    ]);
    const rules = JSON.stringify(plugin.roles.get(`fieldseal:${id}`));
    expect(rules).to.contain("market/parking/request");
    for (const topic of [other.up, other.receipt, "#", "+"]) expect(rules).to.not.contain(topic);
  });

  it("get another password by each exchange", async () => {
    const first = await exchange();
    const second = await exchange();
    expect(second.password).to.not.equal(first.password);
    expect(plugin.clients.get(id)?.password).to.equal(second.password);
  });

  it("are gone when the device falls, and when the token ends", async () => {
    await exchange();
    directory.set(id, "suspended");
    await gate.step();
    expect([...plugin.clients.keys(), ...plugin.roles.keys()]).to.deep.equal([]);
    directory.set(id, "active");
    await exchange([], 60);
    common.clock.advance(60_000);
    await gate.step();
    expect([...plugin.clients.keys(), ...plugin.roles.keys()]).to.deep.equal([]);
  });

  it("are taken away again and again until the plugin has obeyed; meanwhile the authority is not alive", async () => {
    await exchange();
    directory.set(id, "suspended");
    plugin.failing = true;
    const failed = await gate.step().catch((error: Error) => error.message);
    expect(failed).to.equal("no answer");
    expect(plugin.published).to.deep.equal([]);
    plugin.failing = false;
    await gate.step();
    expect(plugin.clients.size).to.equal(0);
    expect(plugin.published).to.deep.equal([`${prefix}/authority/alive`]);
  });

  it("are not made for whom the authority refuses", async () => {
    directory.set(id, "retired");
    const refusal = await exchange().catch((error: { code: string }) => error.code);
    expect(refusal).to.equal("DEVICE_RETIRED");
    expect(plugin.commands).to.deep.equal([]);
  });

  it("that the authority knows nothing of are removed when it connects; others' are left", async () => {
    const unknown = newDevice(1).device;
    plugin.clients.set(unknown, { password: "x", clientid: unknown, disabled: false });
    plugin.clients.set("dashboard", { password: "x", clientid: "d", disabled: false });
    plugin.roles.set(`fieldseal:${unknown}`, []);
    plugin.roles.set("dashboards", []);
    await exchange();
    await gate.reconcile(plugin.run);
    expect([...plugin.clients.keys()]).to.have.members(["dashboard", id]);
    expect([...plugin.roles.keys()]).to.have.members(["dashboards", `fieldseal:${id}`]);
  });

  it("that the guard disabled come back by an exchange", async () => {
    const guard = createMosquittoGuard({ log: common.log, clock: common.clock, silenceMs: 60_000 });
    await exchange();
    common.clock.advance(59_999);
    await guard.step(plugin);
    expect(plugin.clients.get(id)?.disabled).to.equal(false);
    common.clock.advance(1);
    await guard.step(plugin);
    expect(plugin.clients.get(id)?.disabled).to.equal(true);
    await exchange();
    expect(plugin.clients.get(id)?.disabled).to.equal(false);
    guard.heard();
    await guard.step(plugin);
    expect(plugin.clients.get(id)?.disabled).to.equal(false);
  });
});
