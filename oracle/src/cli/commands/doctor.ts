import { FieldsealError } from "@fieldseal/sdk";
import { Command } from "commander";
import { doctorChecks, runCheck } from "../doctor/checks.ts";
import type { CliIo } from "../io.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { resolveNetwork } from "../network/resolve-network.ts";
import { alignTable } from "../output/print.ts";
import { doctorBrokerCommand } from "./doctor-broker.ts";

type DoctorOptions = NetworkOptions & { readonly json?: boolean };

/** `doctor`: checks what the service and the commands need. */
export function doctorCommand(io: CliIo): Command {
  const command = new Command("doctor").description(
    "check this machine, chain, broker and service",
  );
  const names = ["rpc", "registry", "log", "logId", "url", "mqtt"] as const;
  command.addCommand(doctorBrokerCommand(io));
  return networkOptions(command, names).action(async (options: DoctorOptions) => {
    const checks = doctorChecks(io, resolveNetwork(io, options));
    const results = await Promise.all(checks.map(runCheck));
    const failed = results.filter(({ state }) => state === "fail");
    if (!options.json) {
      io.out(`${alignTable(results.map(({ name, state, found }) => [state, name, found]))}\n`);
    }
    if (failed.length > 0) {
      const names = failed.map(({ name }) => name).join(", ");
      throw new FieldsealError("DOCTOR_FAILED", `Failed: ${names}.`, { checks: results });
    }
    if (options.json) io.out(`${JSON.stringify({ checks: results })}\n`);
  });
}
