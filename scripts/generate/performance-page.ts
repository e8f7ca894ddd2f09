import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../bootstrap.mjs";
import { performanceLabels } from "./performance-labels.ts";

type Figures = Readonly<Record<string, number>>;
type Bar = { readonly atMost?: number; readonly atLeast?: number; readonly goal?: number };
type Bars = Readonly<Record<string, Bar>>;

const codeSizeLimit = 24_576;
const numbers = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 15 });

const readJson = <T>(name: string) =>
  JSON.parse(readFileSync(join(root, "bench", name), "utf8")) as T;

function barText({ atMost, atLeast, goal }: Bar): string {
  const sign = atMost === undefined ? "≥" : "≤";
  const parts = [atMost ?? atLeast, goal].filter((value) => value !== undefined && value !== 0);
  return parts.map((value) => `${sign} ${numbers.format(value ?? 0)}`).join(" → ");
}

function table(figures: Figures, bars: Bars, group: string): string[] {
  const rows = Object.entries(figures)
    .filter(([key]) => key.startsWith(`${group}.`))
    .map(([key, value]) => {
      const bar = bars[key];
      const label = performanceLabels[key] ?? "";
      const barCell = bar === undefined ? "" : barText(bar);
      return `| ${label} | \`${key}\` | ${numbers.format(value)} | ${barCell} |`;
    });
  return ["| work | key | measured | bar → goal |", "|---|---|---:|---|", ...rows, ""];
}

function sizes(figures: Figures): string[] {
  const rows = Object.entries(figures)
    .filter(([key]) => key.startsWith("size."))
    .map(([key, value]) => {
      const share = `${((100 * value) / codeSizeLimit).toFixed(0)} %`;
      return `| ${key.slice("size.".length)} | ${numbers.format(value)} | ${share} |`;
    });
  const head = `| contract | bytes | of EIP-170's ${numbers.format(codeSizeLimit)} |`;
  return [head, "|---|---:|---:|", ...rows, ""];
}

/** What misses a bar or a goal, worst first: bars before goals. */
function shortfalls(figures: Figures, bars: Bars): string[] {
  const misses = Object.entries(bars).flatMap(([key, { atMost, atLeast, goal }]) => {
    const value = figures[key];
    if (value === undefined) return [`- \`${key}\` was not measured.`];
    const isOver = (limit: number) => (atMost === undefined ? value < limit : value > limit);
    const bar = atMost ?? atLeast ?? 0;
    const said = `\`${key}\` is ${numbers.format(value)}`;
    if (isOver(bar)) return [`- ${said}: **misses its bar** of ${numbers.format(bar)}.`];
    if (goal !== undefined && isOver(goal)) {
      return [`- ${said}: within its bar, not at its goal of ${numbers.format(goal)}.`];
    }
    return [];
  });
  return misses.length === 0
    ? ["Nothing: every bar and every goal is reached.", ""]
    : [...misses, ""];
}

const heading = (title: string, ...prose: string[]) => [
  `## ${title}`,
  "",
  ...prose.flatMap((p) => [p, ""]),
];

/** `docs/performance.md`: what bench/results.json holds, in words. */
export function performancePage(): string {
  const figures = readJson<Figures>("results.json");
  const bars = readJson<Bars>("bars.json");
  const lines = [
    "# Performance",
    "",
    "`npm run bench` measures everything below and writes `bench/results.json`; `npm run bench:gas` refreshes gas, code sizes and peers alone. This page is generated from that file by `scripts/generate.ts`. Gas is exact and compared by the tests; speeds belong to the machine they were measured on, so what counts is their share of the raw limits of the same run.",
    "",
    ...heading(
      "Gas",
      "On Hardhat's engine with the rules of osaka; keys, blocks and times are fixed. Actions are whole transactions; `allowed…`, `verify…`, `p256…` and `secp256k1` are what the call costs the contract that makes it. A reading is one of 8 in one of 16,384 messages: 17 siblings.",
    ),
    ...table(figures, bars, "gas"),
    ...heading(
      "Peers",
      "From npm, in the same run, with the bytecode that their authors compiled: `ethr-did-registry` and `@ethereum-attestation-service/eas-contracts`.",
    ),
    ...table(figures, bars, "peer"),
    "Quoted, not measured here, whole transactions: enrolling a device in ioID v1 593,000 to 644,000 gas, in ioID v2's batches 100,000 each (without a signature of the device), a peaq account 554,000; a grant on DIMO's SACD 87,000 gas, all of them void on a transfer 71,000; a permission on a Streamr stream 69,000, revoked 43,000.",
    "",
    ...table(figures, bars, "ratio"),
    ...heading("Code size"),
    ...sizes(figures),
    ...heading("The machine's raw limits"),
    ...table(figures, bars, "limit"),
    ...heading("Leaves, trees, bodies, signatures"),
    ...table(figures, bars, "speed"),
    ...heading(
      "Ingest",
      "Durable: every message counted is in a committed SQLite transaction, synced to disk, and its receipt is made. P-256 messages of 10 readings, signed beforehand, by 64 devices with 16 messages each under way; the load runs in a process of its own on the same machine. The flood is one device that sends noise and forged messages as fast as its connection takes them, while 16 others send 20 messages a second each.",
    ),
    ...table(figures, bars, "ingest"),
    ...heading(
      "Ingest through Mosquitto at its limit",
      "`npm run bench:ingest` (`-- --minutes 10` for long): a real Mosquitto, the oracle in a process of its own with fsync on, 64 devices with 16 P-256 messages of 10 readings each under way, all signed before the clock starts, everything on the same machine. The limit is what one thread checks in the same run, before and after, asked in the fastest way there is: means over seconds, as the rate beside it. Node has the options of the unit for systemd. Then the same at half the rate for latency, and one device that brings many messages at once while 16 others send 20 a second each.",
    ),
    ...table(figures, bars, "sustained"),
    ...heading("Shares of the raw limits"),
    ...table(figures, bars, "share"),
    ...heading(
      "Logins",
      "10,000 devices in the authority's cache, each with a key, a grant and an open session; a login is decided without a call to the chain (`node bench/run.ts --access`).",
    ),
    ...table(figures, bars, "access"),
    ...heading("Sealing and proofs"),
    ...table(figures, bars, "seal"),
    ...heading("What falls short"),
    ...shortfalls(figures, bars),
    ...heading(
      "Why some figures are what they are",
      "- *Using a reading* pays mostly for calldata: EIP-7623's floor for the proof is listed beside it. ABI encoding pads each field to 32 bytes; only another encoding of proofs would lower the floor.",
      "- *A P-256 check* is 6,900 gas of precompile and the call around it. On a chain without the precompile it is Solidity, 30 times dearer: enrol there with secp256k1 where the hardware allows it.",
      "- *Flooding*: whoever sends beyond his share waits a second for each acknowledgement, so his connection fills up on his side. Without that pause a flood of 9,000 messages a second kept the event loop busy and made the others' latency six times longer.",
      "- *Ingest through Mosquitto*: the two cores are used up, all but 5 to 10 %. Of 100 parts of CPU that a message costs all processes, the thread that checks has 50, the event loop 29, V8's own threads 4, Mosquitto 12, the load 5. In the checking thread the signature is half, the 30 hashes of salts, leaves and nodes a sixth, CBOR, SenML and leaves as much, the rest handing over and collecting. On the event loop SQLite is two fifths, MQTT in and out a quarter, receipts a tenth. Short runs on this machine, whose cores change their speed by a quarter, gave 0.39 to 0.55; a minute gives what is listed. Half of the check rate would leave 330 µs for all processes together, 0.8 would leave 205.",
      "- *What was tried for it*: two checking threads (no faster, 80 MB more), checks on libuv's pool (each goes alone: 1.3 times the CPU), V8 without helper threads (slower, 750 MB) or with one (the same), young generations of 16, 24, 32 and 64 MB (24 with a bounded heap takes 330 MB instead of 510 at 1 to 3 % more CPU), r ‖ s instead of DER (twice as slow), larger commits and more under way (2,048 in ingest: 5 % faster, and others wait in a flood), no timer objects and fewer moves in the rates' buckets (2 to 3 µs).",
    ),
    ...heading(
      "Long runs",
      "| run | command | result |",
      "|---|---|---|",
      "| kill −9 of the oracle at random moments, 4 devices publishing, against anvil | `npm run test:crash -- --kills 200` | 200 kills in 754 s beside other work (seed 1795480375874): no acknowledged message lost, none sealed twice, no index left out |",
      "| outages of 10 minutes: full disk, read-only disk, PostgreSQL, broker, chain, beside other work; two devices at 10 messages a second | `npm run soak:outage -- --minutes 10` | not ready all the time, ready again by itself, no false receipt, everything sealed once; 11 to 12 minutes each |",
      "| three workers of one log, 60 troubles: workers and the sealer killed at random | `npm run soak:scaling -- --rounds 60` | 426 s beside other work (seed 1795483416497): every acknowledged reading in one checkpoint, none in two |",
      "| mutated messages through admission: flipped bytes, cuts, splices, arbitrary bytes and JSON | `npm run soak:fuzz` | 1,050,000 in 245 s on a busy machine (seed 1): no defect, no hang, nothing accepted but signed messages in another spelling |",
      "| `fieldseal manifest build` of a million devices, and claims of some of them on a node | `npm run soak:manifest` | 55 s (47 s of CPU), peak memory 423 MB, for a list of 148 MB; 400,000 devices take 423 MB too, 100,000 take 360 MB: the collector's slack, no more |",
    ),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}
