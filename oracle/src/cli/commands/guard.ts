import { Command } from "commander";
import { runMosquittoGuard } from "../../broker/mosquitto/run-mosquitto-guard.ts";
import { systemClock } from "../../internal/clock.ts";
import { createLog } from "../../internal/log/create-log.ts";
import { redactor } from "../../internal/log/redactor.ts";
import type { CliIo } from "../io.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { resolveNetwork } from "../network/resolve-network.ts";
import { printResult } from "../output/print.ts";
import { parseSeconds } from "../parse-seconds.ts";

type GuardOptions = NetworkOptions & {
  readonly silence: string;
  readonly topicPrefix: string;
  readonly json?: boolean;
};

/** `guard mosquitto`: a process beside the broker that shuts it when its authority falls silent, until SIGINT or SIGTERM. */
export function guardCommand(io: CliIo): Command {
  const mosquitto = new Command("mosquitto")
    .description("disable all devices at Mosquitto while the oracle is silent")
    .option("--silence <seconds>", "how long the oracle may be silent", "60")
    .option("--topic-prefix <text>", "first levels of every topic", "fieldseal/1");
  networkOptions(mosquitto, ["mqtt"]).action(async (options: GuardOptions) => {
    const ending = new AbortController();
    process.once("SIGINT", () => ending.abort());
    process.once("SIGTERM", () => ending.abort());
    const silenceS = parseSeconds(options.silence);
    const url = resolveNetwork(io, options).need("mqtt");
    const { log } = createLog({
      level: "info",
      format: process.stderr.isTTY === true ? "text" : "json",
      redact: redactor([url]),
      clock: systemClock,
      write: io.err,
    });
    await runMosquittoGuard({
      log,
      clock: { ...systemClock, nowMs: io.nowMs },
      url,
      prefix: options.topicPrefix,
      silenceMs: silenceS * 1000,
      signal: ending.signal,
      onReady: () =>
        printResult(io, options.json, { guarding: true, silenceS }, [
          ["guarding", `devices are disabled after ${silenceS} s of silence`],
        ]),
    });
  });
  return new Command("guard").description("processes beside a broker").addCommand(mosquitto);
}
