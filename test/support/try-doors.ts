import { join } from "node:path";
import { deviceIdOf, generateKey, softwareSigner } from "@fieldseal/sdk";
import { writeKeyFile } from "../../oracle/src/cli/files/key-file.ts";
import { runCliHere } from "../oracle/cli/fixture.ts";
import type { TestDeployment } from "./deployment.ts";
import { serviceClient } from "./service-client.ts";

export type TryDoorsOptions = {
  readonly deployment: TestDeployment;
  readonly service: string;
  readonly mqtt: string;
  /** Where key files go. */
  readonly folder: string;
};

type Door = { readonly name: string; readonly state: string; readonly found: string };

/** Enrols two devices and has `fieldseal doctor broker` try to break in with their keys. */
export async function tryDoors({ deployment, service, mqtt, folder }: TryDoorsOptions) {
  const { node, provider, logId } = deployment;
  const files: string[] = [];
  for (const name of ["burglar.json", "witness.json"]) {
    const { secret, publicKey } = generateKey(2);
    const path = join(folder, name);
    writeKeyFile(path, { device: deviceIdOf(publicKey), keyIndex: 0, keyType: 2, secret });
    await deployment.owner(5).enrol(2, logId, softwareSigner(2, secret));
    files.push(path);
  }
  await node.mine(3);
  await serviceClient(service).followed((await provider.getBlockNumber()) - 2);
  const [key = "", otherKey = ""] = files;
  const args = ["--url", service, "--mqtt", mqtt, "--key", key, "--other-key", otherKey];
  const { code, out, err } = await runCliHere(
    ["doctor", "broker", ...args, "--wait", "300", "--json"],
    folder,
  );
  const { doors } = JSON.parse(out) as { doors?: Door[] };
  if (doors === undefined) throw new Error(`${out}${err}`);
  return { code, doors };
}
