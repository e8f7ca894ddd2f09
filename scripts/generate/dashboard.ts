import { gatewayRow } from "./dashboard-gateway.ts";
import { type PanelSpec, q, type Row } from "./dashboard-parts.ts";

const source = { type: "prometheus", uid: "$" + "{datasource}" };
const here = '{instance=~"$instance"}';
const rate = (metric: string) => `rate(${metric}${here}[$__rate_interval])`;
const quantile = (metric: string, p: number) =>
  q(`histogram_quantile(${p}, sum by (le) (${rate(`${metric}_bucket`)}))`, `p${p * 100}`);

const rows: readonly Row[] = [
  {
    title: "Is it well?",
    panels: [
      {
        title: "Checks of /readyz",
        what: "1 is well; what is 0 has a runbook in docs/operations.md.",
        unit: "short",
        queries: [q(`fieldseal_check_ok${here}`, "{{check}}")],
      },
      {
        title: "Oldest message not final",
        what: "Must stay below sealOverdueSeconds.",
        unit: "s",
        queries: [q(`fieldseal_oldest_unsealed_seconds${here}`, "{{instance}}")],
      },
      {
        title: "Errors and warnings",
        what: "Log lines, repeated ones included.",
        unit: "short",
        queries: [q(`sum by (level) (${rate("fieldseal_log_lines_total")})`, "{{level}}")],
      },
      {
        title: "Version",
        what: "What runs.",
        unit: "short",
        kind: "stat",
        queries: [q(`fieldseal_build_info${here}`, "{{version}}, Node {{node}}")],
      },
    ],
  },
  {
    title: "Ingest",
    panels: [
      {
        title: "Messages",
        what: "Stored, acknowledged again, refused by code.",
        unit: "mps",
        queries: [
          q(`sum by (source) (${rate("fieldseal_messages_stored_total")})`, "stored {{source}}"),
          q(`sum by (source) (${rate("fieldseal_messages_duplicate_total")})`, "again {{source}}"),
          q(`sum by (code) (${rate("fieldseal_messages_refused_total")})`, "{{code}}"),
        ],
      },
      {
        title: "From arrival to stored",
        what: "Until the message is durable, or refused.",
        unit: "s",
        queries: [
          quantile("fieldseal_ingest_duration_seconds", 0.5),
          quantile("fieldseal_ingest_duration_seconds", 0.99),
        ],
      },
      {
        title: "Queue",
        what: "Messages that wait for their group commit.",
        unit: "short",
        queries: [q(`fieldseal_ingest_queue_messages${here}`, "{{instance}}")],
      },
      {
        title: "Group commits",
        what: "Time of a commit, and how many messages share one.",
        unit: "s",
        queries: [
          quantile("fieldseal_commit_duration_seconds", 0.99),
          q(
            `${rate("fieldseal_commit_messages_sum")} / ${rate("fieldseal_commit_messages_count")}`,
            "messages a commit",
          ),
        ],
      },
    ],
  },
  {
    title: "Sealing and the chain",
    panels: [
      {
        title: "Waiting messages",
        what: "Stored and in no checkpoint.",
        unit: "short",
        queries: [q(`fieldseal_unsealed_messages${here}`, "{{instance}}")],
      },
      {
        title: "Checkpoints",
        what: "Final ones, and the time from building to final.",
        unit: "s",
        queries: [
          q(`increase(fieldseal_checkpoints_final_total${here}[1h])`, "final an hour"),
          quantile("fieldseal_checkpoint_build_duration_seconds", 0.99),
          quantile("fieldseal_checkpoint_seal_duration_seconds", 0.5),
          q(
            `${rate("fieldseal_checkpoint_messages_sum")} / ${rate("fieldseal_checkpoint_messages_count")}`,
            "messages a checkpoint",
          ),
        ],
      },
      {
        title: "Chain out of sight",
        what: "Seconds since the chain was followed; failed steps by part.",
        unit: "s",
        queries: [
          q(`fieldseal_chain_lag_seconds${here}`, "{{instance}}"),
          q(`sum by (part) (${rate("fieldseal_chain_errors_total")})`, "errors {{part}}"),
        ],
      },
      {
        title: "Followed block",
        what: "Finalized block that messages are judged at.",
        unit: "none",
        queries: [q(`fieldseal_chain_followed_block${here}`, "{{instance}}")],
      },
      {
        title: "Leader",
        what: "1 where the process leads; the term is raised at each election. How long ago the others knew what it knows.",
        unit: "short",
        queries: [
          q(`fieldseal_leader_up${here}`, "{{instance}} leads"),
          q(`max(fieldseal_leader_term${here})`, "term"),
          q(`fieldseal_directory_lag_seconds${here}`, "{{instance}} behind, s"),
        ],
      },
      {
        title: "JSON-RPC endpoints",
        what: "Requests by outcome, and which endpoints are in use or behind.",
        unit: "reqps",
        queries: [
          q(
            `sum by (endpoint, outcome) (${rate("fieldseal_rpc_requests_total")})`,
            "{{endpoint}} {{outcome}}",
          ),
          q(`fieldseal_rpc_endpoint_up${here}`, "{{endpoint}} up"),
          q(`fieldseal_rpc_endpoint_behind${here}`, "{{endpoint}} behind"),
        ],
      },
      {
        title: "Time of a JSON-RPC request",
        what: "By endpoint.",
        unit: "s",
        queries: [
          q(
            `histogram_quantile(0.99, sum by (le, endpoint) (${rate("fieldseal_rpc_duration_seconds_bucket")}))`,
            "{{endpoint}} p99",
          ),
        ],
      },
      {
        title: "Transactions",
        what: "By the state they reach, attempts, replacements, and those that are stuck.",
        unit: "short",
        queries: [
          q(`sum by (state) (${rate("fieldseal_transaction_states_total")})`, "{{state}}"),
          q(rate("fieldseal_transactions_sent_total"), "sent"),
          q(
            `sum by (does) (${rate("fieldseal_transactions_replaced_total")})`,
            "replaced {{does}}",
          ),
          q(`fieldseal_open_transactions${here}`, "open"),
          q(`fieldseal_stuck_transactions${here}`, "stuck"),
        ],
      },
      {
        title: "Balance lasts",
        what: "At present fees, with a checkpoint as often as they come at most.",
        unit: "s",
        queries: [q(`fieldseal_operator_balance_seconds${here}`, "{{instance}}")],
      },
      {
        title: "Balance and cost",
        what: "Of the account that pays, in whole units of the chain's currency.",
        unit: "none",
        queries: [
          q(`fieldseal_operator_balance_ether${here}`, "balance"),
          q(`fieldseal_checkpoint_cost_ether${here}`, "a checkpoint"),
        ],
      },
    ],
  },
  {
    title: "Broker, store and process",
    panels: [
      {
        title: "Broker",
        what: "Sessions, connections to a broker elsewhere, refusals.",
        unit: "short",
        queries: [
          q(`fieldseal_broker_sessions${here}`, "sessions"),
          q(`fieldseal_broker_connections${here}`, "connections"),
          q(`sum by (code) (${rate("fieldseal_broker_refusals_total")})`, "{{code}}"),
        ],
      },
      {
        title: "Store",
        what: "Its size, and what is free on the disk with the data folder.",
        unit: "bytes",
        queries: [
          q(`fieldseal_store_size_bytes${here}`, "size"),
          q(`fieldseal_store_free_bytes${here}`, "free"),
        ],
      },
      {
        title: "Writes that failed",
        what: "Group commits that the store did not take.",
        unit: "short",
        queries: [q(rate("fieldseal_store_errors_total"), "{{instance}}")],
      },
      {
        title: "Process",
        what: "Share of one core, and how late the event loop is.",
        unit: "short",
        queries: [
          q(rate("fieldseal_process_cpu_seconds_total"), "cores"),
          q(`fieldseal_nodejs_eventloop_lag_p99_seconds${here}`, "event loop p99, s"),
        ],
      },
      {
        title: "Memory",
        what: "Resident and heap.",
        unit: "bytes",
        queries: [
          q(`fieldseal_process_resident_memory_bytes${here}`, "resident"),
          q(`fieldseal_nodejs_heap_size_used_bytes${here}`, "heap"),
        ],
      },
    ],
  },
];

const width = 8;
const height = 8;

function panel(
  { title, what, unit, queries, kind = "timeseries" }: PanelSpec,
  id: number,
  at: object,
) {
  const targets = queries.map(({ expr, legend }, index) => ({
    datasource: source,
    expr,
    legendFormat: legend,
    refId: String.fromCharCode(65 + index),
  }));
  return {
    id,
    type: kind,
    title,
    description: what,
    datasource: source,
    gridPos: at,
    fieldConfig: { defaults: { unit }, overrides: [] },
    options: kind === "stat" ? { textMode: "name" } : { tooltip: { mode: "multi", sort: "desc" } },
    targets,
  };
}

function panels(): object[] {
  const all: object[] = [];
  let y = 0;
  for (const { title, panels: specs } of [...rows, gatewayRow]) {
    const gridPos = { x: 0, y, w: 24, h: 1 };
    all.push({ id: all.length + 1, type: "row", title, collapsed: false, gridPos, panels: [] });
    y += 1;
    for (const [index, spec] of specs.entries()) {
      const at = {
        x: (index % 3) * width,
        y: y + Math.floor(index / 3) * height,
        w: width,
        h: height,
      };
      all.push(panel(spec, all.length + 1, at));
    }
    y += Math.ceil(specs.length / 3) * height;
  }
  return all;
}

/** Instances that export a metric, to choose from. */
const instances = (name: string, label: string, metric: string) => ({
  name,
  label,
  type: "query",
  datasource: source,
  definition: `label_values(${metric}, instance)`,
  query: { query: `label_values(${metric}, instance)`, refId: name },
  refresh: 2,
  includeAll: true,
  multi: true,
});

const variables = [
  { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
  instances("instance", "Instance", "fieldseal_build_info"),
  instances("gateway", "Gateway", "fieldseal_gateway_build_info"),
];

/** `deploy/grafana/fieldseal.json`: what Grafana 10 and newer import. */
export function dashboard(): string {
  const model = {
    uid: "fieldseal",
    title: "Fieldseal",
    description: "The Fieldseal oracle; what to do about what it shows: docs/operations.md",
    tags: ["fieldseal"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: "30s",
    timezone: "browser",
    time: { from: "now-6h", to: "now" },
    templating: { list: variables },
    annotations: { list: [] },
    links: [],
    panels: panels(),
  };
  return `${JSON.stringify(model, null, 2)}\n`;
}
