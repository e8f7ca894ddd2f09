import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Every metric of the service; names carry their unit, times are seconds. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: "fieldseal_" });
  return {
    registry,
    messagesStored: new Counter({
      name: "fieldseal_messages_stored_total",
      help: "Messages committed to the store",
      registers,
    }),
    messagesDuplicate: new Counter({
      name: "fieldseal_messages_duplicate_total",
      help: "Messages acknowledged again",
      registers,
    }),
    messagesRefused: new Counter({
      name: "fieldseal_messages_refused_total",
      help: "Messages refused, by error code",
      labelNames: ["code"],
      registers,
    }),
    ingestQueueLength: new Gauge({
      name: "fieldseal_ingest_queue_messages",
      help: "Messages waiting for their group commit",
      registers,
    }),
    commitDuration: new Histogram({
      name: "fieldseal_commit_duration_seconds",
      help: "Time of one durable group commit",
      buckets: seconds,
      registers,
    }),
    commitSize: new Histogram({
      name: "fieldseal_commit_messages",
      help: "Messages in one group commit",
      buckets: [1, 4, 16, 64, 256, 1024, 4096],
      registers,
    }),
    messagesUnsealed: new Gauge({
      name: "fieldseal_messages_unsealed",
      help: "Messages stored and in no checkpoint yet",
      registers,
    }),
    checkpointsFinal: new Counter({
      name: "fieldseal_checkpoints_final_total",
      help: "Checkpoints final on chain",
      registers,
    }),
    checkpointSize: new Histogram({
      name: "fieldseal_checkpoint_messages",
      help: "Messages in one checkpoint",
      buckets: [1, 10, 100, 1000, 10_000, 100_000, 1_000_000],
      registers,
    }),
    chainFollowedBlock: new Gauge({
      name: "fieldseal_chain_followed_block",
      help: "Finalized block up to which the registry is followed",
      registers,
    }),
    chainErrors: new Counter({
      name: "fieldseal_chain_errors_total",
      help: "Failed steps against the chain",
      labelNames: ["part"],
      registers,
    }),
    rpcRequests: new Counter({
      name: "fieldseal_rpc_requests_total",
      help: "JSON-RPC requests, by endpoint and outcome: answered, error, unreachable",
      labelNames: ["endpoint", "outcome"],
      registers,
    }),
    rpcDuration: new Histogram({
      name: "fieldseal_rpc_duration_seconds",
      help: "Time of one JSON-RPC request, by endpoint",
      labelNames: ["endpoint"],
      buckets: seconds,
      registers,
    }),
    rpcUp: new Gauge({
      name: "fieldseal_rpc_endpoint_up",
      help: "Whether a JSON-RPC endpoint is in use: it answers and serves the expected chain",
      labelNames: ["endpoint"],
      registers,
    }),
    rpcBehind: new Gauge({
      name: "fieldseal_rpc_endpoint_behind",
      help: "Whether a JSON-RPC endpoint's blocks are far behind the other endpoints'",
      labelNames: ["endpoint"],
      registers,
    }),
    transactionsSent: new Counter({
      name: "fieldseal_transactions_sent_total",
      help: "Transaction attempts broadcast",
      registers,
    }),
    transactionsReplaced: new Counter({
      name: "fieldseal_transactions_replaced_total",
      help: "Attempts signed in place of one that waited too long, by what they do: call or cancel",
      labelNames: ["does"],
      registers,
    }),
    transactionsStuck: new Gauge({
      name: "fieldseal_transactions_stuck",
      help: "Transactions that wait although their fee is at the cap or their attempts are used up",
      registers,
    }),
    operatorBalance: new Gauge({
      name: "fieldseal_operator_balance_ether",
      help: "Balance of the account that pays for checkpoints",
      registers,
    }),
    checkpointCost: new Gauge({
      name: "fieldseal_checkpoint_cost_ether",
      help: "What a checkpoint costs at present fees",
      registers,
    }),
    operatorBalanceLasts: new Gauge({
      name: "fieldseal_operator_balance_seconds",
      help: "How long the balance lasts at present fees, with a checkpoint as often as they come at most",
      registers,
    }),
    brokerSessions: new Gauge({
      name: "fieldseal_broker_sessions",
      help: "Live sessions at the embedded broker; at others, logins that stand",
      registers,
    }),
    brokerRefusals: new Counter({
      name: "fieldseal_broker_refusals_total",
      help: "Refused logins, publishes and subscriptions, by error code",
      labelNames: ["code"],
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
