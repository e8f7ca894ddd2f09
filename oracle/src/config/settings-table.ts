/** How a setting is read, shown and documented. `default: undefined` means that it may be left out. */
export type SettingSpec = {
  readonly env: string;
  readonly kind: "text" | "integer" | "boolean" | "secret" | "list";
  readonly default: string | undefined;
  readonly min?: number;
  readonly max?: number;
  /** The only texts that it may be. */
  readonly oneOf?: readonly string[];
  readonly what: string;
};

/** Variables that other parts read: the CLI, the deployment. No settings of the service. */
export const otherVariables: ReadonlySet<string> = new Set([
  "FIELDSEAL_URL",
  "FIELDSEAL_OWNER_KEY",
  "FIELDSEAL_TOKEN",
  "FIELDSEAL_DEPLOYER_KEY",
  "FIELDSEAL_CONFIG",
]);

/**
 * Every setting of the service: one table gives variables, keys of the file, CLI flags, docs and redaction.
 * A secret `name` may also be given as a file: `nameFile`, `--name-file`, `<env>_FILE`.
 */
export const settingsTable = {
  dataFolder: {
    env: "FIELDSEAL_DATA",
    kind: "text",
    default: "./data",
    what: "Folder of the store; without FIELDSEAL_DATABASE all that it keeps.",
  },
  database: {
    env: "FIELDSEAL_DATABASE",
    kind: "secret",
    default: undefined,
    what: "PostgreSQL as the store: `postgres://user:password@host/database?schema=name`, one schema a log.",
  },
  worker: {
    env: "FIELDSEAL_WORKER",
    kind: "text",
    default: undefined,
    what: "Name of this process among those that share one log on PostgreSQL and an external broker: another one each, always the same after a restart; 1 to 40 letters, digits and hyphens.",
  },
  rpcUrl: {
    env: "FIELDSEAL_RPC",
    kind: "secret",
    default: undefined,
    what: "JSON-RPC URL of the chain, or several in order of preference, separated by commas; may hold a provider's key.",
  },
  rpcTimeoutSeconds: {
    env: "FIELDSEAL_RPC_TIMEOUT",
    kind: "integer",
    default: "10",
    min: 1,
    max: 120,
    what: "How long one request to a JSON-RPC endpoint may take, seconds.",
  },
  feeCapGwei: {
    env: "FIELDSEAL_FEE_CAP",
    kind: "integer",
    default: "200",
    min: 1,
    max: 1_000_000,
    what: "Most that is ever offered for a unit of gas, gwei; IoTeX needs 2000.",
  },
  lowBalanceCheckpoints: {
    env: "FIELDSEAL_LOW_BALANCE",
    kind: "integer",
    default: "1000",
    min: 0,
    max: 1_000_000,
    what: "Warn when the operator's balance pays for fewer checkpoints than this at present fees.",
  },
  registry: {
    env: "FIELDSEAL_REGISTRY",
    kind: "text",
    default: undefined,
    what: "Address of the DeviceRegistry.",
  },
  accessGrants: {
    env: "FIELDSEAL_ACCESS_GRANTS",
    kind: "text",
    default: undefined,
    what: "Address of the AccessGrants.",
  },
  readingLog: {
    env: "FIELDSEAL_LOG",
    kind: "text",
    default: undefined,
    what: "Address of the ReadingLog.",
  },
  logId: {
    env: "FIELDSEAL_LOG_ID",
    kind: "integer",
    default: "1",
    min: 1,
    what: "Id of the log that this oracle seals.",
  },
  operatorKey: {
    env: "FIELDSEAL_OPERATOR_KEY",
    kind: "secret",
    default: undefined,
    what: "Private key, hex: signs receipts and checkpoints, pays for transactions.",
  },
  deployBlock: {
    env: "FIELDSEAL_DEPLOY_BLOCK",
    kind: "integer",
    default: "0",
    min: 0,
    what: "Block from which the registry's events are read.",
  },
  mqttUrl: {
    env: "FIELDSEAL_MQTT",
    kind: "secret",
    default: undefined,
    what: "URL of an external broker; without it the embedded one listens on `mqttPort`.",
  },
  brokerKind: {
    env: "FIELDSEAL_BROKER_KIND",
    kind: "text",
    default: undefined,
    oneOf: ["embedded", "plain", "rabbitmq", "mosquitto", "emqx"],
    what: "Broker in use: embedded, or one at `FIELDSEAL_MQTT` that asks the authority (rabbitmq, emqx), is kept in step by it (mosquitto) or knows nothing of it (plain). Without it: embedded, or plain if `FIELDSEAL_MQTT` is given.",
  },
  brokerSecret: {
    env: "FIELDSEAL_BROKER_SECRET",
    kind: "secret",
    default: undefined,
    what: "What rabbitmq or emqx shows when it asks, 16 to 80 of A-Z a-z 0-9 _ -; without it only programs on this machine may ask.",
  },
  brokerManagement: {
    env: "FIELDSEAL_BROKER_MANAGEMENT",
    kind: "secret",
    default: undefined,
    what: "Management URL of rabbitmq or emqx with user and password, by which sessions are cut.",
  },
  rabbitmqVhost: {
    env: "FIELDSEAL_RABBITMQ_VHOST",
    kind: "text",
    default: "/",
    what: "Virtual host of RabbitMQ that devices use.",
  },
  mqttConnections: {
    env: "FIELDSEAL_MQTT_CONNECTIONS",
    kind: "integer",
    default: "2",
    min: 1,
    max: 64,
    what: "Connections to an external broker that share the messages.",
  },
  mqttHost: {
    env: "FIELDSEAL_MQTT_HOST",
    kind: "text",
    default: "127.0.0.1",
    what: "Address on which the embedded broker listens.",
  },
  mqttPort: {
    env: "FIELDSEAL_MQTT_PORT",
    kind: "integer",
    default: "1883",
    min: 0,
    max: 65535,
    what: "Port of the embedded broker; 0 takes a free one.",
  },
  topicPrefix: {
    env: "FIELDSEAL_TOPIC_PREFIX",
    kind: "text",
    default: "fieldseal/1",
    what: "First levels of every topic.",
  },
  brokerAuthority: {
    env: "FIELDSEAL_BROKER_AUTHORITY",
    kind: "text",
    default: "fieldseal",
    what: "Name of the broker authority, part of the audience of login tokens.",
  },
  httpHost: {
    env: "FIELDSEAL_HTTP_HOST",
    kind: "text",
    default: "127.0.0.1",
    what: "Address on which HTTP listens.",
  },
  httpPort: {
    env: "FIELDSEAL_HTTP_PORT",
    kind: "integer",
    default: "8420",
    min: 0,
    max: 65535,
    what: "Port of HTTP; 0 takes a free one.",
  },
  maxBlockAgeSeconds: {
    env: "FIELDSEAL_MAX_BLOCK_AGE",
    kind: "integer",
    default: "600",
    min: 0,
    what: "Let nobody new in when the newest block is older, seconds; 0 for a chain that makes blocks only when there is something in them. Not asked of a development chain.",
  },
  publicUrl: {
    env: "FIELDSEAL_PUBLIC_URL",
    kind: "text",
    default: undefined,
    what: "URL under which people reach HTTP, for Sign-In with Ethereum; by default the address it listens on.",
  },
  homeAssistant: {
    env: "FIELDSEAL_HOME_ASSISTANT",
    kind: "text",
    default: undefined,
    what: "Discovery prefix of a Home Assistant that is told of sealed sensors, as `homeassistant`; without it none is.",
  },
  homeAssistantMqtt: {
    env: "FIELDSEAL_HOME_ASSISTANT_MQTT",
    kind: "secret",
    default: undefined,
    what: "URL of Home Assistant's broker with the oracle's user there; by default `FIELDSEAL_MQTT`.",
  },
  homeAssistantReader: {
    env: "FIELDSEAL_HOME_ASSISTANT_READER",
    kind: "text",
    default: undefined,
    what: "Account on whose READ grants Home Assistant is told of a restricted log's devices; without it it is told of none.",
  },
  auditors: {
    env: "FIELDSEAL_AUDITORS",
    kind: "list",
    default: "",
    what: "Accounts that may read everything on a restricted log, separated by commas.",
  },
  sealMessages: {
    env: "FIELDSEAL_SEAL_MESSAGES",
    kind: "integer",
    default: "10000",
    min: 1,
    max: 1_000_000,
    what: "Seal as soon as so many messages wait.",
  },
  sealSeconds: {
    env: "FIELDSEAL_SEAL_SECONDS",
    kind: "integer",
    default: "60",
    min: 1,
    max: 86_400,
    what: "Seal at the latest when the oldest message waited so many seconds.",
  },
  sealOverdueSeconds: {
    env: "FIELDSEAL_SEAL_OVERDUE",
    kind: "integer",
    default: "3600",
    min: 1,
    what: "Report sealing as overdue when the oldest message has waited so many seconds for a final checkpoint.",
  },
  minFreeMebibytes: {
    env: "FIELDSEAL_MIN_FREE_MIB",
    kind: "integer",
    default: "1024",
    min: 0,
    what: "Warn when fewer MiB are free where the data folder is.",
  },
  receiptSeconds: {
    env: "FIELDSEAL_RECEIPT_SECONDS",
    kind: "integer",
    default: "86400",
    min: 60,
    what: "Deadline that a *stored* receipt promises: seconds from storing to sealing.",
  },
  retentionDays: {
    env: "FIELDSEAL_RETENTION_DAYS",
    kind: "integer",
    default: "0",
    min: 0,
    max: 36500,
    what: "Days after sealing until what messages said is removed; proofs of messages stay. 0 keeps it for ever.",
  },
  skewSeconds: {
    env: "FIELDSEAL_SKEW_SECONDS",
    kind: "integer",
    default: "600",
    min: 0,
    what: "How far a reading's time may be ahead of the clock.",
  },
  clientMessagesPerSecond: {
    env: "FIELDSEAL_CLIENT_RATE",
    kind: "integer",
    default: "200",
    min: 1,
    what: "Messages a second taken from one client, in the mean.",
  },
  clientBurst: {
    env: "FIELDSEAL_CLIENT_BURST",
    kind: "integer",
    default: "2000",
    min: 1,
    what: "Messages taken from one client at once.",
  },
  checkThreads: {
    env: "FIELDSEAL_CHECK_THREADS",
    kind: "integer",
    default: undefined,
    min: 1,
    max: 64,
    what: "Threads that check messages; by default one fewer than the machine has processors.",
  },
  logLevel: {
    env: "FIELDSEAL_LOG_LEVEL",
    kind: "text",
    default: "info",
    oneOf: ["fatal", "error", "warn", "info", "debug", "trace", "silent"],
    what: "fatal, error, warn, info, debug, trace or silent.",
  },
  logFormat: {
    env: "FIELDSEAL_LOG_FORMAT",
    kind: "text",
    default: "auto",
    oneOf: ["auto", "json", "text"],
    what: "json: one object a line; text: for people; auto: text on a terminal.",
  },
} as const satisfies Record<string, SettingSpec>;

export type SettingName = keyof typeof settingsTable;
