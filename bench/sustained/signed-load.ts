import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DeviceId, defaultTopicPrefix, deviceIdOf, topicsOf } from "@fieldseal/sdk";
import { root } from "../../scripts/bootstrap.mjs";
import type { LoadDevice } from "../load/load-types.ts";
import { fastSigner, newSecret } from "../speed/fast-signer.ts";
import type { SignOrder } from "./sign-ahead.ts";

const processes = 2;

type FleetDevice = { readonly secret: Buffer; readonly id: DeviceId; readonly point: Uint8Array };

/** Devices whose messages are signed before the clock starts, in files. */
export type SignedLoad = {
  readonly points: readonly Uint8Array[];
  /** Signs `perDevice` further messages of each of these devices; by their places in the fleet. */
  sign(places: readonly number[], perDevice: number): Promise<LoadDevice[]>;
  remove(): void;
};

async function runSigner(order: SignOrder): Promise<void> {
  const child = fork(join(root, "bench", "sustained", "sign-ahead.ts"), {
    serialization: "advanced",
  });
  child.send(order);
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error("The signing process failed.");
}

export function signedLoad(devices: number): SignedLoad {
  const folder = mkdtempSync(join(tmpdir(), "fieldseal-load-"));
  const fleet: FleetDevice[] = Array.from({ length: devices }, () => {
    const secret = newSecret();
    const { publicKey } = fastSigner(secret);
    return { secret, id: deviceIdOf(publicKey), point: publicKey.point };
  });
  let nextSequence = 1;
  let files = 0;
  return {
    points: fleet.map(({ point }) => point),
    async sign(places, perDevice) {
      const firstSequence = nextSequence;
      nextSequence += perDevice;
      const chosen = places.flatMap((place) => {
        const device = fleet[place];
        return device === undefined ? [] : [{ ...device, file: join(folder, `${files++}`) }];
      });
      const orders = Array.from({ length: processes }, (_, part) => ({
        devices: chosen
          .filter((_, i) => i % processes === part)
          .map(({ secret, file }) => ({ secret, file })),
        perDevice,
        firstSequence,
      }));
      await Promise.all(orders.map(runSigner));
      return chosen.map(({ id, file }) => {
        const { up, receipt } = topicsOf(defaultTopicPrefix, id);
        return { id, upTopic: up, receiptTopic: receipt, file };
      });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
