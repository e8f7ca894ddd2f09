import {
  createCommandReceiver,
  type DeviceId,
  fromHex,
  grantsDomain,
  logDomain,
} from "@fieldseal/sdk";
import { fileCommandJournal } from "@fieldseal/sdk/node";

/** What the process is told, as JSON in its only argument. */
export type KilledLockOrders = {
  readonly device: DeviceId;
  readonly chainId: string;
  readonly grants: string;
  readonly log: string;
  readonly operator: string;
  readonly folder: string;
  readonly nowMs: number;
  readonly command: string;
};

// A lock that loses its power at the moment it acts, every time; says what it did up to then.
const orders = JSON.parse(process.argv[2] ?? "") as KilledLockOrders;
const chainId = BigInt(orders.chainId);
const say = (word: string) => process.stdout.write(`${word}\n`);
const journal = await fileCommandJournal(orders.folder);
const receiver = createCommandReceiver({
  device: orders.device,
  grants: grantsDomain(chainId, orders.grants),
  log: logDomain(chainId, orders.log),
  trust: () => ({ logId: 1n, epoch: 0, operators: [orders.operator], threshold: 1 }),
  clock: { nowMs: () => orders.nowMs },
  freshness: { kind: "clock", statementMaxAgeMs: 600_000, journal },
  commands: {
    unlock: {
      act() {
        say("acts");
        process.kill(process.pid, "SIGKILL");
        return undefined;
      },
    },
  },
  publish: async () => {},
});
const outcome = await receiver.receive(fromHex(orders.command));
say("code" in outcome ? outcome.code : outcome.result);
await journal.close();
