import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Mosquitto, startWith } from "./mosquitto.ts";
import { renderTemplate } from "./render-template.ts";

export type SecuredMosquitto = Mosquitto & {
  /** For the oracle and the guard: with the admin's password. */
  readonly adminUrl: string;
};

const places = ["x86_64-linux-gnu", "aarch64-linux-gnu", "arm-linux-gnueabihf"].map(
  (machine) => `/usr/lib/${machine}/mosquitto_dynamic_security.so`,
);

function pluginPath(): string {
  const found = [...places, "/usr/lib/mosquitto_dynamic_security.so"].find((path) =>
    existsSync(path),
  );
  if (found === undefined) {
    throw new Error("Mosquitto's plugins are not installed: apt-get install mosquitto");
  }
  return found;
}

/**
 * Starts Mosquitto on a free port of 127.0.0.1 as deploy/brokers configures it, with dynamic security as
 * `mosquitto_ctrl dynsec init` makes it.
 * @throws Error that names the Debian package if a program is not installed
 */
export async function startSecuredMosquitto(): Promise<SecuredMosquitto> {
  const plugin = pluginPath();
  const password = randomBytes(8).toString("hex");
  const mosquitto = await startWith(async (port, folder) => {
    const stateFile = join(folder, "dynamic-security.json");
    const init = ["dynsec", "init", stateFile, "fieldseal", password];
    await promisify(execFile)("mosquitto_ctrl", init).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      throw new Error("mosquitto_ctrl is not installed: apt-get install mosquitto");
    });
    const values = { port: String(port), address: "127.0.0.1", plugin, stateFile };
    return `${renderTemplate("mosquitto.conf", values)}\nuser root`;
  });
  return { ...mosquitto, adminUrl: mosquitto.url.replace("//", `//fieldseal:${password}@`) };
}
