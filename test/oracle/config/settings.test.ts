import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import { expect } from "chai";
import { redactSettings } from "../../../oracle/src/config/read-settings.ts";
import {
  type ResolvedSettings,
  resolveSettings,
  type SettingSources,
} from "../../../oracle/src/config/resolve-settings.ts";
import { settingSpecs } from "../../../oracle/src/config/setting-names.ts";
import { temporaryFolder } from "../../support/service.ts";

const folder = temporaryFolder();
const path = (name: string) => join(folder.path, name);

function fileWith(text: string, name = "fieldseal.yaml", mode = 0o644): string {
  writeFileSync(path(name), text);
  chmodSync(path(name), mode);
  return path(name);
}

function resolved(sources: Partial<SettingSources> = {}): ResolvedSettings {
  return resolveSettings({ environment: {}, cwd: folder.path, ...sources });
}

describe("settings", () => {
  after(() => folder.remove());

  it("are the defaults until something else is said, and each says where it comes from", () => {
    const { settings, origins } = resolved();
    expect(settings).to.include({ httpPort: 8420, logLevel: "info" });
    expect(settings.rpcUrl).to.equal(undefined);
    expect(origins.get("httpPort")).to.equal("default");
  });

  it("come from flags before the environment before the file before the defaults", () => {
    const configFile = fileWith("httpPort: 1\nmqttPort: 2\nlogId: 3\n");
    const { settings, origins } = resolved({
      configFile,
      environment: { FIELDSEAL_MQTT_PORT: "20", FIELDSEAL_LOG_ID: "30" },
      flags: { logId: "300" },
    });
    expect(settings).to.include({ httpPort: 1, mqttPort: 20, logId: 300, sealSeconds: 60 });
    expect(["httpPort", "mqttPort", "logId"].map((name) => origins.get(name))).to.deep.equal([
      `${configFile}: httpPort`,
      "FIELDSEAL_MQTT_PORT",
      "--log-id",
    ]);
  });

  it("read an address in a file that has no quotes as the text that stands there", () => {
    const address = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
    const configFile = fileWith(`registry: ${address}\nauditors: [${address}, ${address}]\n`);
    const { settings } = resolved({ configFile });
    expect(settings.registry).to.equal(address);
    expect(settings.auditors).to.deep.equal([address, address]);
  });

  it("take the file that FIELDSEAL_CONFIG names", () => {
    fileWith("httpPort: 77");
    const { settings } = resolved({ environment: { FIELDSEAL_CONFIG: "fieldseal.yaml" } });
    expect(settings.httpPort).to.equal(77);
  });

  it("take a secret from a file named by flag, variable or key, without its line end", () => {
    mkdirSync(path("etc"), { recursive: true });
    fileWith("0xab\n", "etc/key");
    const configFile = fileWith("operatorKeyFile: key\n", "etc/fieldseal.yaml");
    const ways: Partial<SettingSources>[] = [
      { configFile },
      { environment: { FIELDSEAL_OPERATOR_KEY_FILE: "etc/key" } },
      { flags: { operatorKeyFile: path("etc/key") } },
    ];
    for (const sources of ways) {
      const { settings, origins } = resolved(sources);
      expect(settings.operatorKey).to.equal("0xab");
      expect(origins.get("operatorKey")).to.contain(`(${path("etc/key")})`);
    }
  });

  it("let a secret of a nearer source win over a file's, and refuse both in one source", () => {
    const FIELDSEAL_OPERATOR_KEY_FILE = path("etc/key");
    const { settings } = resolved({
      environment: { FIELDSEAL_OPERATOR_KEY_FILE },
      flags: { operatorKey: "0xcd" },
    });
    expect(settings.operatorKey).to.equal("0xcd");
    const both = { FIELDSEAL_OPERATOR_KEY_FILE, FIELDSEAL_OPERATOR_KEY: "0xef" };
    const { code, message } = refused({ environment: both });
    expect(code).to.equal("SETTING_INVALID");
    expect(message).to.contain("FIELDSEAL_OPERATOR_KEY_FILE").and.not.to.contain("0xef");
  });

  it("refuse what does not exist and say what was probably meant", () => {
    const configFile = fileWith("htpPort: 1\n");
    const key = refused({ configFile });
    expect([key.code, key.message]).to.deep.equal([
      "SETTING_UNKNOWN",
      `${configFile}: htpPort is no setting of Fieldseal. Did you mean httpPort?`,
    ]);
    const variable = refused({ environment: { FIELDSEAL_SEAL_SECOND: "5" } });
    expect(variable.message).to.equal(
      "FIELDSEAL_SEAL_SECOND is no setting of Fieldseal. Did you mean FIELDSEAL_SEAL_SECONDS?",
    );
    expect(refused({ environment: { FIELDSEAL_WEATHER: "fine" } }).message).to.equal(
      "FIELDSEAL_WEATHER is no setting of Fieldseal.",
    );
  });

  it("refuse a file that is missing, empty where a secret should be, or no flat map", () => {
    const files: Record<string, string> = {
      "- 1": "not a map",
      "httpPort: {a: 1}": "httpPort is neither",
      "httpPort: 1\nhttpPort: 2": "line 2",
      "httpPort: [1": "line 1",
    };
    for (const [text, reason] of Object.entries(files)) {
      const { code, message } = refused({ configFile: fileWith(text) });
      expect([code, message.includes(reason)], `${text}: ${message}`).to.deep.equal([
        "SETTING_FILE",
        true,
      ]);
    }
    expect(refused({ configFile: "none.yaml" }).message).to.contain("there is no such file");
    const empty = { FIELDSEAL_RPC_FILE: fileWith("\n", "empty") };
    expect(refused({ environment: empty }).message).to.contain("it is empty");
  });

  it("never quote a line of a file, in which a secret may stand", () => {
    const { message } = refused({ configFile: fileWith('operatorKey: "0xsecret\n') });
    expect(message).to.contain("line").and.not.to.contain("0xsecret");
  });

  it("refuse a file with a secret in it that others may read", () => {
    const text = "operatorKey: 0xabcdef\n";
    const { code, message } = refused({ configFile: fileWith(text) });
    expect(code).to.equal("SETTING_EXPOSED");
    expect(message).not.to.contain("abcdef");
    const { settings } = resolved({ configFile: fileWith(text, "fieldseal.yaml", 0o600) });
    expect(settings.operatorKey).to.equal("0xabcdef");
  });

  it("name the source in the error about a value, and never a secret value", () => {
    const { message } = refused({ environment: { FIELDSEAL_HTTP_PORT: "x" } });
    expect(message).to.equal('FIELDSEAL_HTTP_PORT: "x" is not a whole number from 0 to 65535.');
    expect(refused({ flags: { httpPort: "-1" } }).message).to.contain("--http-port");
  });

  it("are shown with every secret hidden", () => {
    const secrets = settingSpecs.filter(([, { kind }]) => kind === "secret");
    expect(secrets.length).to.be.greaterThan(3);
    const flags = Object.fromEntries(secrets.map(([name]) => [name, `canary-${name}`]));
    expect(JSON.stringify(redactSettings(resolved({ flags }).settings))).not.to.contain("canary");
  });

  it("have a name, a variable and a default of their own kind each", () => {
    const variables = settingSpecs.map(([, { env }]) => env);
    expect(new Set(variables).size).to.equal(variables.length);
    for (const [name, { env }] of settingSpecs) {
      expect(name).to.match(/^[a-z][A-Za-z0-9]*$/);
      expect(env).to.match(/^FIELDSEAL_[A-Z0-9_]+$/);
      expect(env).not.to.match(/_FILE$/);
    }
  });
});

function refused(sources: Partial<SettingSources>): FieldsealError {
  try {
    resolved(sources);
  } catch (error) {
    if (error instanceof FieldsealError) return error;
    throw error;
  }
  throw new Error("expected a refusal");
}
