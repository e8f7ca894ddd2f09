import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { version } from "./version.ts";

const fast = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const slow = [0.1, 0.5, 1, 2.5, 5, 15, 60, 180, 600, 1800, 7200, 86_400];

/**
 * Every metric of the service. A name ends with its unit, `_total` after it for what only grows; times are seconds,
 * sizes bytes, money whole units of the chain's currency.
 */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ) => new Counter<Label>({ name, help, labelNames: [...labelNames], registers });
  const gauge = <Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ) => new Gauge<Label>({ name, help, labelNames: [...labelNames], registers });
  const histogram = <Label extends string = never>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly Label[] = [],
  ) => new Histogram<Label>({ name, help, buckets, labelNames: [...labelNames], registers });

  collectDefaultMetrics({ register: registry, prefix: "fieldseal_" });
  gauge("fieldseal_build_info", "Always 1; version of the service and of Node", [
    "version",
    "node",
  ]).set({ version, node: process.version }, 1);

  return {
    registry,

    // Ingest
    messagesStored: counter("fieldseal_messages_stored_total", "Messages committed to the store", [
      "source",
    ]),
    messagesDuplicate: counter(
      "fieldseal_messages_duplicate_total",
      "Messages acknowledged again",
      ["source"],
    ),
    messagesRefused: counter(
      "fieldseal_messages_refused_total",
      "Messages refused, by error code",
      ["code", "source"],
    ),
    ingestQueueLength: gauge(
      "fieldseal_ingest_queue_messages",
      "Messages waiting for their group commit",
    ),
    ingestDuration: histogram(
      "fieldseal_ingest_duration_seconds",
      "From a message's arrival to what became of it: stored durably, duplicate or refused",
      fast,
    ),
    commitDuration: histogram(
      "fieldseal_commit_duration_seconds",
      "Time of one durable group commit",
      fast,
    ),
    commitSize: histogram(
      "fieldseal_commit_messages",
      "Messages in one group commit",
      [1, 4, 16, 64, 256, 1024, 4096],
    ),

    // Store
    storeErrors: counter("fieldseal_store_errors_total", "Writes that the store did not take"),
    storeSize: gauge(
      "fieldseal_store_size_bytes",
      "Size of the store: the data folder's files, or the database",
    ),
    storeFree: gauge("fieldseal_store_free_bytes", "Free bytes where the data folder is"),

    // Sealing
    messagesUnsealed: gauge(
      "fieldseal_unsealed_messages",
      "Messages stored and in no checkpoint yet",
    ),
    oldestUnsealed: gauge(
      "fieldseal_oldest_unsealed_seconds",
      "Age of the oldest message that is in no final checkpoint; 0 if all are",
    ),
    checkpointsFinal: counter("fieldseal_checkpoints_final_total", "Checkpoints final on chain"),
    checkpointSize: histogram(
      "fieldseal_checkpoint_messages",
      "Messages in one checkpoint",
      [1, 10, 100, 1000, 10_000, 100_000, 1_000_000],
    ),
    checkpointBuildDuration: histogram(
      "fieldseal_checkpoint_build_duration_seconds",
      "Time in which a checkpoint was built and stored",
      fast,
    ),
    checkpointSealDuration: histogram(
      "fieldseal_checkpoint_seal_duration_seconds",
      "From building a checkpoint until it was seen final on chain",
      slow,
    ),

    // Chain
    chainFollowedBlock: gauge(
      "fieldseal_chain_followed_block",
      "Finalized block up to which the registry is followed",
    ),
    chainLag: gauge(
      "fieldseal_chain_lag_seconds",
      "Time since the chain was last followed without an error",
    ),
    leaderUp: gauge(
      "fieldseal_leader_up",
      "Whether this process leads: it follows the chain for all, seals and sends transactions",
    ),
    leaderTerm: gauge("fieldseal_leader_term", "Elections of a leader so far"),
    directoryLag: gauge(
      "fieldseal_directory_lag_seconds",
      "Time since this process was last up with what the leader followed; 0 where it leads",
    ),
    chainErrors: counter("fieldseal_chain_errors_total", "Failed steps, by part", ["part"]),
    transactionsSent: counter(
      "fieldseal_transactions_sent_total",
      "Transaction attempts broadcast",
    ),
    transactionStates: counter(
      "fieldseal_transaction_states_total",
      "Changes of a transaction's state, by the state reached",
      ["state"],
    ),
    openTransactions: gauge("fieldseal_open_transactions", "Transactions wanted and not final"),
    transactionsReplaced: counter(
      "fieldseal_transactions_replaced_total",
      "Attempts signed in place of one that waited too long, by what they do: call or cancel",
      ["does"],
    ),
    transactionsStuck: gauge(
      "fieldseal_stuck_transactions",
      "Transactions that wait although their fee is at the cap or their attempts are used up",
    ),
    rpcRequests: counter(
      "fieldseal_rpc_requests_total",
      "JSON-RPC requests, by endpoint and outcome: answered, error, unreachable",
      ["endpoint", "outcome"],
    ),
    rpcDuration: histogram(
      "fieldseal_rpc_duration_seconds",
      "Time of one JSON-RPC request, by endpoint",
      fast,
      ["endpoint"],
    ),
    rpcUp: gauge(
      "fieldseal_rpc_endpoint_up",
      "Whether a JSON-RPC endpoint is in use: it answers and serves the expected chain",
      ["endpoint"],
    ),
    rpcBehind: gauge(
      "fieldseal_rpc_endpoint_behind",
      "Whether a JSON-RPC endpoint's blocks are far behind the other endpoints'",
      ["endpoint"],
    ),
    operatorBalance: gauge(
      "fieldseal_operator_balance_ether",
      "Balance of the account that pays for checkpoints",
    ),
    checkpointCost: gauge(
      "fieldseal_checkpoint_cost_ether",
      "What a checkpoint costs at present fees",
    ),
    operatorBalanceLasts: gauge(
      "fieldseal_operator_balance_seconds",
      "How long the balance lasts at present fees, with a checkpoint as often as they come at most",
    ),

    // Broker
    brokerConnections: gauge(
      "fieldseal_broker_connections",
      "Connections to an external broker that are up, the one for receipts included",
    ),
    brokerSessions: gauge(
      "fieldseal_broker_sessions",
      "Live sessions at the embedded broker; at others, logins that stand",
    ),
    brokerRefusals: counter(
      "fieldseal_broker_refusals_total",
      "Refused logins, publishes and subscriptions, by error code",
      ["code"],
    ),

    // Service
    checkOk: gauge("fieldseal_check_ok", "1 if a check of /readyz is well, else 0", ["check"]),
    logLines: counter("fieldseal_log_lines_total", "Log lines, repeated ones included, by level", [
      "level",
    ]),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
