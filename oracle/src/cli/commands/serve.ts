import { Command, Option } from "commander";
import type { SettingName, SettingSpec } from "../../config/settings-table.ts";
import { settingsTable } from "../../config/settings-table.ts";
import { runService } from "../../service/run-service.ts";
import type { CliIo } from "../io.ts";
import { environmentOf } from "../network/environment.ts";
import { printResult } from "../output/print.ts";

type ServeOptions = { readonly json?: boolean } & { readonly [Name in SettingName]?: string };

const flagOf = (name: string) =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Secrets have no flag: a command line is seen by everybody on the machine. */
function settingOptions(): Option[] {
  const specs: [string, SettingSpec][] = Object.entries(settingsTable);
  return specs
    .filter(([, { kind }]) => kind !== "secret")
    .map(([name, { env, what }]) => new Option(`${flagOf(name)} <value>`, `${what} (${env})`));
}

/** `serve`: the oracle as a process of its own, until SIGINT or SIGTERM. */
export function serveCommand(io: CliIo): Command {
  const command = new Command("serve").description("run the oracle; settings as docs/settings.md");
  for (const option of settingOptions()) command.addOption(option);
  return command
    .option("--json", "print one JSON object when ready")
    .action(async ({ json, ...overrides }: ServeOptions) => {
      await runService({
        environment: environmentOf(io),
        overrides,
        onReady: ({ http, mqtt, operator }) =>
          printResult(io, json, { http, mqtt, operator }, [
            ["HTTP", http],
            ["broker", mqtt],
            ["operator", operator],
          ]),
      });
    });
}
