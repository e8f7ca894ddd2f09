import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type DeviceId, deviceIdOf, errorCode, generateKey, logDomain } from "@fieldseal/sdk";
import { type ConnectedDevice, connectDevice } from "@fieldseal/sdk/node";
import type { AccountKey } from "../../oracle/src/chain/keys.ts";
import {
  type DeviceKey,
  type KeyTypeName,
  keyTypeOf,
  readKeyFile,
  signerOf,
  writeKeyFile,
} from "../../oracle/src/cli/files/key-file.ts";
import { enrolDevice } from "../../oracle/src/cli/network/enrol-device.ts";
import type { NetworkFile } from "../../oracle/src/cli/network/network-file.ts";
import { chainDevice, openRegistry } from "../../oracle/src/cli/network/registry-session.ts";
import type { Oracle } from "../../oracle/src/service/start-oracle.ts";
import { hostSource } from "../devices/host.ts";
import type { HostLog } from "../devices/host-log.ts";
import type { ReadingSource } from "../devices/reading-source.ts";
import { dailyWeather, hourlyNormals, readWeather } from "../devices/weather.ts";

/** A device of this machine: its key, and what it has to say. */
export type StartDevice = {
  readonly name: string;
  readonly type: KeyTypeName;
  readonly key: DeviceKey;
  readonly folder: string;
  readonly sources: readonly ReadingSource[];
  readonly everyMs: number;
};

type Plan = Pick<StartDevice, "name" | "type" | "sources" | "everyMs">;

function plans(log: HostLog): Plan[] {
  const hourly = hourlyNormals(readWeather("seattle-weather-hourly-normals"));
  const daily = dailyWeather(readWeather("seattle-weather"));
  return [
    { name: "host", type: "p256", sources: [hostSource(), log], everyMs: 2000 },
    { name: "weather-hourly", type: "secp256k1", sources: [hourly], everyMs: 1000 },
    { name: "weather-daily", type: "p256", sources: [daily], everyMs: 1500 },
  ];
}

function keyIn(folder: string, type: KeyTypeName): DeviceKey {
  const path = join(folder, "key.json");
  if (existsSync(path)) return readKeyFile(path);
  const keyType = keyTypeOf(type);
  const { secret, publicKey } = generateKey(keyType);
  const key = { device: deviceIdOf(publicKey), keyIndex: 0, keyType, secret };
  writeKeyFile(path, key);
  return key;
}

/** The devices of `npm start`; keys are made in `folder` or found there. */
export function startDevices(folder: string, log: HostLog): StartDevice[] {
  return plans(log).map((plan) => {
    const own = join(folder, "devices", plan.name);
    mkdirSync(own, { recursive: true });
    return { ...plan, key: keyIn(own, plan.type), folder: own };
  });
}

/** Enrols those that are not, under `owner`, with the network's log as their home. */
export async function enrolDevices(
  devices: readonly StartDevice[],
  network: NetworkFile,
  owner: AccountKey,
): Promise<void> {
  const session = await openRegistry(network.rpc, network.registry);
  for (const { key } of devices) {
    if ((await chainDevice(session, key.device)) !== undefined) continue;
    await enrolDevice(session, owner, signerOf(key), BigInt(network.logId));
  }
}

export type RunDevicesOptions = {
  readonly devices: readonly StartDevice[];
  readonly oracle: Oracle;
  readonly authority: string;
  readonly prefix: string;
  /** With a user's name and password, if the broker wants them. */
  readonly broker: string;
  readonly onError: (device: DeviceId, text: string) => void;
};

/** Connects the devices and lets them speak at their pace until the returned function is called. */
export async function runDevices(options: RunDevicesOptions): Promise<() => Promise<void>> {
  const { devices, oracle, authority, prefix, broker, onError } = options;
  const { chainId, log, logId } = oracle.identity;
  const running: { device: ConnectedDevice; timer: NodeJS.Timeout }[] = [];
  for (const { key, folder, sources, everyMs } of devices) {
    const device = await connectDevice({
      device: key.device,
      signer: signerOf(key),
      keyIndex: key.keyIndex,
      domain: oracle.domain,
      log: { domain: logDomain(chainId, log), logId, operators: [oracle.operator] },
      authority,
      prefix,
      url: broker,
      outboxFolder: join(folder, "outbox"),
      onEvent: (event) => {
        if (event.type === "refused") onError(key.device, `refused: ${event.code}`);
        if (event.type === "connectFailed") {
          onError(key.device, `cannot connect: ${errorCode(event.error) ?? "INTERNAL"}`);
        }
      },
    });
    const speak = () => {
      for (const source of sources) {
        const readings = source.next(Date.now());
        if (readings.length === 0) continue;
        device.send(readings).catch((error: { code?: string }) => {
          onError(key.device, `refused: ${error.code ?? "INTERNAL"}`);
        });
      }
    };
    speak();
    running.push({ device, timer: setInterval(speak, everyMs) });
  }
  return async () => {
    for (const { timer } of running) clearInterval(timer);
    await Promise.all(running.map(({ device }) => device.close()));
  };
}
