import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type DeviceId,
  fromHex,
  grantsDomain,
  logDomain,
  messageDomain,
  softwareSigner,
} from "@fieldseal/sdk";
import { startDoorLock } from "./door-lock.ts";

/** `fieldseal device new` writes it. */
type KeyFile = {
  readonly device: DeviceId;
  readonly keyIndex: number;
  readonly type: "p256" | "secp256k1";
  readonly secret: string;
};

/** `network.json` of a running service's data folder. */
type NetworkFile = {
  readonly chainId: string;
  readonly registry: string;
  readonly accessGrants: string;
  readonly log: string;
  readonly logId: string;
  readonly mqtt: string;
};

const [keyPath, networkPath, folder, ...operators] = process.argv.slice(2);
if (keyPath === undefined || networkPath === undefined || folder === undefined) {
  process.stderr.write("usage: main.ts <key file> <network.json> <folder> <operator address> …\n");
  process.exit(2);
}

const say = (text: string) => process.stdout.write(`${text}\n`);
const key = JSON.parse(readFileSync(keyPath, "utf8")) as KeyFile;
const network = JSON.parse(readFileSync(networkPath, "utf8")) as NetworkFile;
const { registry, accessGrants, log, mqtt } = network;
const [chainId, logId] = [BigInt(network.chainId), BigInt(network.logId)];

const lock = await startDoorLock({
  connection: {
    device: key.device,
    keyIndex: key.keyIndex,
    signer: softwareSigner(key.type === "p256" ? 2 : 1, fromHex(key.secret)),
    domain: messageDomain(chainId, registry),
    log: { domain: logDomain(chainId, log), logId, operators },
    url: mqtt,
    outboxFolder: join(folder, "outbox"),
    onEvent: ({ type }) => say(type),
  },
  clock: { nowMs: () => Date.now() },
  random: (length) => randomBytes(length),
  time: { kind: "clock", journalFolder: join(folder, "commands"), statementMaxAgeMs: 600_000 },
  grants: grantsDomain(chainId, accessGrants),
  log: logDomain(chainId, log),
  // More than two thirds, as ReadingLog asks of more than three operators.
  trust: () => {
    const threshold = Math.floor((2 * operators.length) / 3) + 1;
    return { logId, epoch: 0, operators, threshold };
  },
  bolt: { open: () => say("*** the door is open"), close: () => say("*** the door is locked") },
  onOutcome: (outcome) => say(JSON.stringify(outcome)),
  onError: (error) => say(String(error)),
});

const end = () => void lock.close();
process.once("SIGINT", end);
process.once("SIGTERM", end);
