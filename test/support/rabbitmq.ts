import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { renderTemplate } from "./render-template.ts";
import { until } from "./until.ts";

export type RabbitMq = {
  /** For devices. */
  readonly url: string;
  /** For the oracle, with its password. */
  readonly oracleUrl: string;
  /** Management with the user that cuts sessions. */
  readonly managementUrl: string;
  stop(): Promise<void>;
};

export type RabbitMqOptions = {
  /** Where the oracle's HTTP listens. */
  readonly oracleUrl: string;
  readonly secret: string;
};

const libFolder = "/usr/lib/rabbitmq/lib";
const plugins = "[rabbitmq_mqtt,rabbitmq_auth_backend_http,rabbitmq_management].";

/** The server's own script: the wrapper in the path insists on a user of its own. */
function serverScript(): string {
  const versions = existsSync(libFolder) ? readdirSync(libFolder) : [];
  const folder = versions.find((name) => name.startsWith("rabbitmq_server-"));
  if (folder === undefined) {
    throw new Error("RabbitMQ is not installed: apt-get install rabbitmq-server");
  }
  return join(libFolder, folder, "sbin", "rabbitmq-server");
}

function passwordHash(password: string): string {
  const salt = randomBytes(4);
  const digest = createHash("sha256").update(salt).update(password).digest();
  return Buffer.concat([salt, digest]).toString("base64");
}

/** Erlang's port mapper is a daemon of its own, here on a port of its own; it goes when its last node is gone. */
async function endPortMapper(port: number | undefined): Promise<void> {
  const env = { ...process.env, ERL_EPMD_PORT: String(port) };
  await until("the end of Erlang's port mapper", async () => {
    const asked = spawn("epmd", ["-kill"], { env, stdio: ["ignore", "pipe", "ignore"] });
    let answer = "";
    asked.stdout.on("data", (chunk: Buffer) => {
      answer += chunk.toString();
    });
    await once(asked, "close");
    return answer.startsWith("Killed");
  });
}

/**
 * Starts RabbitMQ on free ports of 127.0.0.1 as deploy/brokers configures it, with all its files in a temporary folder.
 * @throws Error that names the Debian package if the program is not installed
 */
export async function startRabbitMq({ oracleUrl, secret }: RabbitMqOptions): Promise<RabbitMq> {
  const script = serverScript();
  const folder = await mkdtemp(join(tmpdir(), "rabbitmq-"));
  const [mqtt, management, dist, epmd] = await Promise.all([1, 2, 3, 4].map(() => freePort()));
  const passwords = { oracle: randomBytes(8).toString("hex"), cut: randomBytes(8).toString("hex") };
  const file = (name: string) => join(folder, name);
  await mkdir(file("log"));
  await writeFile(
    file("definitions.json"),
    renderTemplate("rabbitmq-definitions.json", {
      oraclePasswordHash: passwordHash(passwords.oracle),
      managementPasswordHash: passwordHash(passwords.cut),
    }),
  );
  await writeFile(
    file("rabbitmq.conf"),
    renderTemplate("rabbitmq.conf", {
      mqttAddress: `127.0.0.1:${mqtt}`,
      managementPort: String(management),
      oracleUrl,
      secret,
      definitionsFile: file("definitions.json"),
    }),
  );
  await writeFile(file("enabled_plugins"), plugins);
  const child = spawn(script, [], {
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, to be ended as one: the script has the server as its child.
    detached: true,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: folder,
      RABBITMQ_NODENAME: `test-${mqtt}@localhost`,
      RABBITMQ_MNESIA_BASE: file("mnesia"),
      RABBITMQ_LOG_BASE: file("log"),
      RABBITMQ_LOGS: "-",
      RABBITMQ_CONFIG_FILE: file("rabbitmq.conf"),
      RABBITMQ_ENABLED_PLUGINS_FILE: file("enabled_plugins"),
      RABBITMQ_CONF_ENV_FILE: "/dev/null",
      RABBITMQ_PID_FILE: file("pid"),
      RABBITMQ_DIST_PORT: String(dist),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
      ERL_EPMD_PORT: String(epmd),
      ERL_EPMD_ADDRESS: "127.0.0.1",
    },
  });
  let output = "";
  const read = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  const managementUrl = `http://fieldseal-sessions:${passwords.cut}@127.0.0.1:${management}`;
  const isUp = async () => {
    if (child.exitCode !== null) throw new Error(`RabbitMQ ended:\n${output}`);
    return /Server startup complete/.test(output);
  };
  await until("RabbitMQ's start", isUp, 60_000);
  return {
    url: `mqtt://127.0.0.1:${mqtt}`,
    oracleUrl: `mqtt://fieldseal:${passwords.oracle}@127.0.0.1:${mqtt}`,
    managementUrl,
    async stop() {
      const exit = once(child, "exit");
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await exit;
      await endPortMapper(epmd);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
