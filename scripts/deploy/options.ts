import { parseArgs } from "node:util";
import { FieldsealError } from "@fieldseal/sdk";

export type DeployArguments = {
  readonly network: string;
  readonly rpc: string | undefined;
  readonly probeOnly: boolean;
  readonly json: boolean;
  /** Folder for journal and addresses. */
  readonly out: string | undefined;
  /** Accounts of a first log's committee; none opens no log. */
  readonly operators: readonly string[];
  readonly threshold: number;
  readonly restricted: boolean;
  readonly graceSeconds: number;
};

export const usage = `Usage: npm run deploy -- (--network NAME | --rpc URL) [options]

  --network NAME       sepolia, baseSepolia, optimismSepolia, arbitrumSepolia, iotexTestnet, iotaEvmTestnet, localhost
  --rpc URL            any other chain, by its JSON-RPC URL
  --probe              only ask the chain whether the contracts can live there
  --operators A,B,…    also open a log with this committee
  --threshold N        signatures a checkpoint needs (default: more than two thirds of the committee)
  --public             the log's readings are open to everybody; else to whom grants admit
  --grace SECONDS      how long messages of a rotated key are still taken (default 3600)
  --out FOLDER         where journal and addresses go (default deploy/, for a local chain .data/deploy)
  --json               one JSON object on standard output
`;

const wrong = (message: string) => new FieldsealError("USAGE", message);

function wholeNumber(text: string, name: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw wrong(`--${name} takes a whole number, not ${text}.`);
}

/** Above two thirds, as the log demands of more than three members. */
const defaultThreshold = (members: number) => Math.floor((2 * members) / 3) + 1;

/** Reads the command line. @returns undefined if help was asked for. @throws USAGE */
export function readDeployArguments(args: readonly string[]): DeployArguments | undefined {
  const { values } = parse(args);
  if (values.help) return undefined;
  if ((values.network === undefined) === (values.rpc === undefined)) {
    throw wrong("Give either --network NAME or --rpc URL.");
  }
  const operators = values.operators?.split(",").filter((operator) => operator !== "") ?? [];
  const bad = operators.find((operator) => !/^0x[0-9a-fA-F]{40}$/.test(operator));
  if (bad !== undefined) throw wrong(`--operators: ${bad} is no address.`);
  return {
    network: values.network ?? "custom",
    rpc: values.rpc,
    probeOnly: values.probe ?? false,
    json: values.json ?? false,
    out: values.out,
    operators,
    threshold: wholeNumber(
      values.threshold ?? `${defaultThreshold(operators.length)}`,
      "threshold",
    ),
    restricted: !(values.public ?? false),
    graceSeconds: wholeNumber(values.grace ?? "3600", "grace"),
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        network: text,
        rpc: text,
        operators: text,
        threshold: text,
        grace: text,
        out: text,
        probe: flag,
        public: flag,
        json: flag,
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}
