import { Command } from "commander";
import type { CliIo } from "../io.ts";
import { printResult } from "../output/print.ts";
import { type SettingFlags, settingOptions, settingsFrom } from "../setting-options.ts";

/** `serve`: the oracle as a process of its own, until SIGINT or SIGTERM. */
export function serveCommand(io: CliIo): Command {
  const command = new Command("serve").description("run the oracle; settings as docs/settings.md");
  return settingOptions(command)
    .option("--json", "print one JSON object when ready")
    .action(async (options: SettingFlags) => {
      // The service is most of the program: loaded here, it costs the other commands nothing.
      const { runService } = await import("../../service/run-service.ts");
      await runService({
        settings: settingsFrom(io, options),
        onReady: ({ http, mqtt, operator }) =>
          printResult(io, options.json === true, { http, mqtt, operator }, [
            ["HTTP", http],
            ["broker", mqtt],
            ["operator", operator],
          ]),
      });
    });
}
