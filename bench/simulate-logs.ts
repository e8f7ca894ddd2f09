import { parseArgs } from "node:util";
import { simulateLogs } from "./simulation/simulate-logs.ts";

/** `npm run simulate:logs -- --logs 100 --chains 4`: independent logs on several chains, without brokers. */
const { values } = parseArgs({
  options: {
    logs: { type: "string", default: "100" },
    chains: { type: "string", default: "4" },
    rounds: { type: "string", default: "3" },
    devices: { type: "string", default: "2" },
    messages: { type: "string", default: "50" },
  },
});
const result = await simulateLogs({
  logs: Number(values.logs),
  chains: Number(values.chains),
  rounds: Number(values.rounds),
  devices: Number(values.devices),
  messages: Number(values.messages),
});
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
const { expected, failures, messages, checkpoints } = result;
const isWhole = messages === expected.messages && checkpoints === expected.checkpoints;
process.exitCode = failures.length === 0 && isWhole ? 0 : 1;
