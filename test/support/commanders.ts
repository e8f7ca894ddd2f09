import {
  type Commander,
  commandExpiry,
  commandNonces,
  createCommand,
  createLoginToken,
  type DeviceClock,
  type DeviceId,
  encodeCommandEnvelope,
  grantsDomain,
  hex,
  type MqttConnection,
  mqttJs,
  permissions,
  platformRandom,
  type SignedStatement,
} from "@fieldseal/sdk";
import { fetchStatement, sendCommand } from "@fieldseal/sdk/node";
import { AccessGrants__factory } from "@fieldseal/typechain";
import { Wallet } from "ethers";
import { signInAt } from "../../oracle/src/cli/network/sign-in.ts";
import { testKey } from "./chain.ts";
import type { TestDeployment } from "./deployment.ts";
import type { TestDevice } from "./registry-actions.ts";
import type { RunningOracle } from "./running-oracle.ts";

export type CommandersOptions = {
  readonly deployment: () => TestDeployment;
  readonly oracle: () => Pick<RunningOracle, "http" | "mqtt">;
  readonly clock: DeviceClock;
};

/** Those who command devices through an oracle's broker, the way the SDK does. */
export function commanders({ deployment, oracle, clock }: CommandersOptions) {
  const { COMMAND } = permissions;
  const open = new Set<MqttConnection>();
  let connections = 0;

  function somebody(commander: Commander, password: () => Promise<string>) {
    const id = commander.kind === "account" ? commander.address.toLowerCase() : commander.device;
    const { chainId, accessGrants } = deployment();
    const domain = grantsDomain(chainId, accessGrants);
    const nonces = commandNonces(clock.nowMs, platformRandom);

    /** A session at the broker. */
    async function connect(onMessage: (payload: Uint8Array) => void = () => {}) {
      connections += 1;
      const connection = await mqttJs(oracle().mqtt).open({
        clientId: commander.kind === "account" ? `${id}/${connections}` : id,
        username: id,
        password: await password(),
        onMessage: (_topic, payload) => onMessage(payload),
        onClose: () => open.delete(connection),
      });
      open.add(connection);
      return connection;
    }

    return {
      id,
      connect,
      statement: (device: DeviceId, permission: bigint = COMMAND) =>
        fetchStatement({
          oracleUrl: oracle().http,
          device,
          commander: id as DeviceId,
          permission,
        }),
      /** Sends a command; its bytes. */
      async send(
        device: DeviceId,
        name: string,
        permission: bigint = COMMAND,
        challenge?: string,
      ): Promise<Uint8Array> {
        const mqtt = await connect();
        const fresh = challenge === undefined ? { nonce: nonces() } : { challenge };
        const envelope = await sendCommand({
          commander,
          device,
          name,
          args: {},
          permission,
          domain,
          oracleUrl: oracle().http,
          mqtt,
          clock,
          fresh,
        });
        await mqtt.close();
        return encodeCommandEnvelope(envelope);
      },
      /** The bytes of `unlock` with a statement got before. */
      async sign(device: DeviceId, statement: SignedStatement): Promise<Uint8Array> {
        const nonce = nonces();
        const expiry = commandExpiry(clock.nowMs(), 60);
        const content = { name: "unlock", args: {} };
        const facts = { ...content, commander, device, domain, nonce, expiry, statement };
        return encodeCommandEnvelope(await createCommand(facts));
      },
    };
  }

  return {
    /** Whoever has the key of a test account. */
    person(account: number) {
      const key = testKey(account);
      const wallet = new Wallet(key);
      const { accessGrants, provider } = deployment();
      const grants = AccessGrants__factory.connect(accessGrants, new Wallet(key, provider));
      const signIn = async () => (await signInAt(oracle().http, key, clock.nowMs())).token;
      const commander = { kind: "account", address: wallet.address, wallet } as const;
      return { ...somebody(commander, signIn), wallet, grants };
    },
    /** A device that commands others. */
    machine({ id: device, signer }: TestDevice) {
      return somebody({ kind: "device", device, signer }, () => {
        const audience = `${hex(deployment().domain)}/fieldseal`;
        const nowS = Math.floor(clock.nowMs() / 1000);
        return createLoginToken({ signer, device, audience, nowS, lifetimeS: 600 });
      });
    },
    async closeAll(): Promise<void> {
      for (const connection of open) await connection.close();
    },
  };
}
