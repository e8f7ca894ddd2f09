import type { ErrorEntry } from "@fieldseal/sdk";
import { cliErrors } from "../cli/codes.ts";
import { gatewayErrors, relayErrors } from "../gateway/codes.ts";

/** Every code the service and the CLI throw beside the SDK's. `docs/errors.md` is generated from both tables. */
export const oracleErrors = {
  INTERNAL: {
    cause: "A defect in the service.",
    cure: "Report it with the log line that carries the same code.",
  },
  SETTING_UNKNOWN: {
    cause: "A variable, or a key of the settings file, is named that does not exist.",
    cure: "Compare the name with docs/settings.md; the message says which one is nearest.",
  },
  SETTING_INVALID: {
    cause: "A setting's value cannot be used.",
    cure: "Give a value of the type and range named in docs/settings.md.",
  },
  SETTING_FILE: {
    cause:
      "A settings file, or a file that holds a secret, is not there, not readable or not written as it must be.",
    cure: "Check the path and the user's permissions; a settings file is a flat YAML map of the keys in docs/settings.md.",
  },
  SETTING_EXPOSED: {
    cause: "A settings file holds a secret and other users may read it.",
    cure: "chmod 600 the file, or put the secret into a file of its own and name that.",
  },
  DATA_IN_USE: {
    cause: "Another process has the data folder open.",
    cure: "Stop it, or give this one a folder of its own.",
  },
  DATA_SCHEMA: {
    cause: "The data folder was written by a newer release, or a migration failed.",
    cure: "Run the release that wrote it, or a newer one; the cause is in the log.",
  },
  DATA_CHAIN_MISMATCH: {
    cause: "The data folder belongs to another chain, registry or log.",
    cure: "Use the folder that belongs to this log, or a new one; compare the values that the message names.",
  },
  DATA_EXISTS: {
    cause: "A store is there already; a restored one never overwrites it.",
    cure: "Move the data folder away first, or name an empty one with FIELDSEAL_DATA.",
  },
  DATA_MISSING: {
    cause: "There is no store in the data folder.",
    cure: "Name the folder of the service with FIELDSEAL_DATA.",
  },
  BACKUP_DAMAGED: {
    cause: "A file is no backup of a store, or is damaged.",
    cure: "Use another backup; check that the file was copied whole.",
  },
  BACKUP_ENGINE: {
    cause: "The store is on PostgreSQL, which has its own tools for this.",
    cure: "Use pg_dump and pg_restore, or the server's continuous archiving: see docs/store.md.",
  },
  DATABASE_URL: {
    cause: "The database's URL cannot be used.",
    cure: "Write postgres://user:password@host/database?schema=name.",
  },
  DATABASE_UNREACHABLE: {
    cause: "The database does not answer, or refuses the login.",
    cure: "Check that PostgreSQL runs, and the URL's host, user and password.",
  },
  DATABASE_UNSAFE: {
    cause:
      "The database may lose what it has committed, so nothing could be acknowledged truthfully.",
    cure: "Set fsync and synchronous_commit to on in postgresql.conf.",
  },
  LEADERSHIP_LOST: {
    cause:
      "Another process of this log leads now; what this one was about to write has not happened.",
    cure: "None is needed: it goes on as one of the others. Often: look for pauses of the machine or of the network to the database.",
  },
  WORKER_NAME_TAKEN: {
    cause: "Another process of this log runs under the same name.",
    cure: "Give each process its own FIELDSEAL_WORKER.",
  },
  ELECTION_OUT: {
    cause: "This process has no session at the database by which it could be elected.",
    cure: "Look for its reason in /readyz: the database is away, or another process has the same name.",
  },
  NOT_LEADER: {
    cause: "Only the process that leads keeps the broker's users, and this one does not.",
    cure: "Ask again at once, so that another process answers; /readyz names the one that leads.",
  },
  STORE_FAILED: {
    cause: "The store could not write to disk.",
    cure: "Look for free space and disk errors; the log has the cause. The device sends the message again.",
  },
  CHAIN_STALE: {
    cause:
      "The service has not seen the chain for 20 seconds; after a minute it lets nobody new in.",
    cure: "Check the chain's URL and client; the service goes on by itself when it answers.",
  },
  BROKER_DOWN: {
    cause: "The service has no connection to its broker, so no message arrives by MQTT.",
    cure: "Mend the broker; the service connects again by itself, and devices resend.",
  },
  SEALING_OVERDUE: {
    cause: "Messages wait longer for a final checkpoint than they should.",
    cure: "Look at the chain, the fees and the balance first; the log's last CHECKPOINT_ or FEE_ line says why.",
  },
  DISK_LOW: {
    cause: "The disk with the data folder is nearly full.",
    cure: "Make room; when it is full nothing is stored and no receipt given until there is room again.",
  },
  STOP_TIMEOUT: {
    cause: "A part of the service did not end within 10 seconds, so the process ended without it.",
    cure: "Nothing acknowledged is lost. Report it with the log line if it happens again.",
  },
  BUSY: {
    cause: "More messages wait than the service takes at once.",
    cure: "Send the same message again later.",
  },
  STOPPING: {
    cause: "The service is shutting down.",
    cure: "Send the same message again after the restart.",
  },
  RETAINED: {
    cause: "The broker delivered a retained message, which is not a new reading.",
    cure: "Publish readings without the retain flag.",
  },
  CHECKPOINT_FOREIGN: {
    cause: "The chain holds another checkpoint under an index than the one that was built here.",
    cure: "Look for a second oracle with this operator key, or a newer copy of the store. If this is the only one, run `fieldseal adopt`.",
  },
  CHECKPOINT_REFUSED: {
    cause: "The log refused the checkpoint.",
    cure: "The reason names the contract's error; check that the operator is in the committee.",
  },
  CHAIN_URL: {
    cause: "The chain's URL cannot be used.",
    cure: "Give an http:// or https:// JSON-RPC URL.",
  },
  CHAIN_UNREACHABLE: {
    cause: "No answer from the chain's JSON-RPC.",
    cure: "Check the URL and the network; the service goes on when the chain is back.",
  },
  CHAIN_RPC: {
    cause: "The chain client answered a call with an error.",
    cure: "Read its message; another client or provider may support the call.",
  },
  CHAIN_WRONG_ID: {
    cause:
      "The URL leads to another chain than the one named, or several URLs to different chains.",
    cure: "Correct the URL or the network's name.",
  },
  CHAIN_STATE_MISSING: {
    cause: "The chain client does not keep the state of its finalized block.",
    cure: "Use a client that answers eth_call at the finalized block (an archive node does).",
  },
  CLOCK_JUMPED: {
    cause:
      "The machine's clock was set by more than five seconds. The service follows when the chain's newest block agrees, else after two minutes.",
    cure: "Nothing, if the clock is right now. Otherwise mend time synchronisation; receipts and logins go by the clock.",
  },
  CHAIN_HISTORY_CHANGED: {
    cause:
      "A block that was final is another one now: the chain was replaced or its client is not to be trusted.",
    cure: "For a local chain start with a fresh data folder; for a public one use a client that you trust.",
  },
  CONTRACT_MISSING: {
    cause: "The addresses do not lead to a DeviceRegistry and its ReadingLog on this chain.",
    cure: "Compare the addresses with deploy/addresses.json, or deploy first.",
  },
  CONTRACT_REVERTED: {
    cause: "A contract refused a call.",
    cure: "The message names the contract's error; docs/errors.md and its NatSpec say what it means.",
  },
  LOG_UNKNOWN: {
    cause: "The ReadingLog has no log with this id.",
    cure: "Open a log, or correct the id.",
  },
  SUBMISSION_OPEN: {
    cause: "Another transaction for the same checkpoint is under way.",
    cure: "Wait for it to be final or refused.",
  },
  FEE_CAP: {
    cause:
      "Present fees are over the cap, or a transaction waits although its fee is at the cap or its attempts are used up.",
    cure: "Wait for lower fees, or raise FIELDSEAL_FEE_CAP.",
  },
  NONCE_GAP: {
    cause: "A transaction waits for more nonces below its own than are filled by themselves.",
    cure: "The chain client named a false count of the account's transactions, or the account's transactions were lost: use a client that you trust; send transactions of the account to itself for the nonces that are missing.",
  },
  BALANCE_LOW: {
    cause: "The operator's account pays for few more checkpoints at present fees.",
    cure: "Send some of the chain's currency to the account named; FIELDSEAL_LOW_BALANCE sets when to warn.",
  },
  FUNDS_MISSING: {
    cause: "The account that pays has not enough of the chain's currency.",
    cure: "Send some to the account named.",
  },
  KEY_MISSING: {
    cause: "No private key was given.",
    cure: "Set the variable named, in the environment or .env, put it in Hardhat's keystore, or name a key file.",
  },
  KEY_INVALID: {
    cause: "What was given as private key is none.",
    cure: "Give 64 hex digits.",
  },
  TEST_KEY_ON_PUBLIC_CHAIN: {
    cause:
      "The key of a development node's account was given for a public chain: whatever it holds would be stolen.",
    cure: "Make a key of your own and fund it.",
  },
  NETWORK_UNKNOWN: {
    cause: "The network's name is in no configuration.",
    cure: "Use one that docs/deployment.md lists, or give --rpc.",
  },
  PROBE_REFUSED: {
    cause:
      "The chain lacks something the contracts need, or its P-256 precompile cannot be trusted.",
    cure: "Read the line of the probe that says refused; docs/deployment.md explains each.",
  },
  ARTIFACTS_MISSING: {
    cause: "The contracts are not compiled, or do not compile.",
    cure: "Run npm run build.",
  },
  DEPLOY_FAILED: {
    cause: "The deployment stopped before its end.",
    cure: "Cure what the message names, then run the same command: what was deployed is kept.",
  },

  // HTTP
  REQUEST_INVALID: {
    cause: "A parameter, header or body of a request is not as the API's description says.",
    cure: "Compare the request with /v1/openapi.json; the message names the parameter.",
  },
  NOT_FOUND: {
    cause: "There is no such endpoint, device, message, record or checkpoint here.",
    cure: "Check the address; what was sent a moment ago may not have arrived yet.",
  },
  NOT_SEALED_YET: {
    cause: "The message is stored but its checkpoint is not on chain yet.",
    cure: "Ask again after the next checkpoint; /v1/live tells when it is sealed.",
  },
  CHECKPOINT_UNKNOWN: {
    cause: "A checkpoint was sealed by a store that was lost: what it holds is not known here.",
    cure: "Ask for checkpoints after it; receipts and proofs that were handed out keep their value.",
  },
  BODY_MISSING: {
    cause:
      "The message's body is encrypted or was pruned, so the service cannot show its readings.",
    cure: "Ask for the message's proof, without a record, and disclose the reading from the device's own copy.",
  },
  RESTRICTED: {
    cause: "The log is restricted, and the caller may not read this device.",
    cure: "Let the device's owner grant READ, or be named as an auditor; hashes and checkpoints are open to all.",
  },
  SIGN_IN_REQUIRED: {
    cause: "The log is restricted and the request names no caller.",
    cure: "Sign in with Ethereum (`POST /v1/session`), or send a device's login token, as `Authorization: Bearer …`.",
  },
  SIGN_IN_FORMAT: {
    cause: "What was signed is no ERC-4361 message.",
    cure: "Build it from `GET /v1/session/challenge`, as docs/access.md shows.",
  },
  SIGN_IN_PLACE: {
    cause:
      "The message was signed for another site or chain: perhaps somebody wanted to use it here.",
    cure: "Sign a message with the domain and chain id of the challenge; set FIELDSEAL_PUBLIC_URL if the site is reached under another name.",
  },
  SIGN_IN_TIME: {
    cause: "The message is not valid yet, or no longer.",
    cure: "Sign a new one; set the clock.",
  },
  SIGN_IN_NONCE: {
    cause: "The nonce is not of this service, has expired or was used before.",
    cure: "Ask for a new challenge and sign again.",
  },
  SIGN_IN_DEVICE: {
    cause: "The address is a device's id, which is no account.",
    cure: "Devices use their login token.",
  },
  SIGN_IN_SIGNATURE: {
    cause: "The signature is not the account's, nor accepted by its wallet contract.",
    cure: "Sign the very text that is sent, with the account that it names.",
  },
  SESSION_INVALID: {
    cause: "The session token was not issued by this service, or before its last start.",
    cure: "Sign in again.",
  },
  SESSION_EXPIRED: { cause: "The session is over after an hour.", cure: "Sign in again." },
  AUTHORIZATION_FORMAT: {
    cause: "The Authorization header cannot be read.",
    cure: "Send `Authorization: Bearer <token>`.",
  },
  AUTHORITY_STALE: {
    cause:
      "The service has not seen the chain for a minute, or its newest block is too old, and it lets nobody in by what it knew before.",
    cure: "Check the chain's URL and that its client follows the chain; where blocks come only when needed, set FIELDSEAL_MAX_BLOCK_AGE to 0. Sessions that are open go on until their token ends.",
  },
  LOGIN_IDENTITY: {
    cause: "Client id, username and token name different clients.",
    cure: "A device uses its id for both; an account its address, and for the client id `<address>` or `<address>/<name>`.",
  },
  GRANT_MISSING: {
    cause: "The chain grants the commander nothing of the kind, as of the newest block.",
    cure: "Let the owner grant it, and wait until that block is final.",
  },
  GRANT_ENDED: {
    cause: "A right that the session made use of was revoked or ran out.",
    cure: "Connect again: what is still granted still works.",
  },
  MEDIA_TYPE: {
    cause: "A body was sent without a Content-Type that the API takes.",
    cure: "Send Content-Type: application/octet-stream or application/json.",
  },

  // Brokers
  PORT_IN_USE: {
    cause: "Another program listens on the port.",
    cure: "Stop it, or choose another port; 0 takes a free one.",
  },
  TOPIC_REFUSED: {
    cause: "A client published or subscribed outside its own topics.",
    cure: "Publish under up and state, subscribe receipt, command and market of the device itself.",
  },
  WILL_REFUSED: {
    cause: "A last will is for another topic than the device's state, or too large.",
    cure: "Leave the will out, or set one of at most 1 KiB on the state topic.",
  },
  STATE_TOO_LARGE: {
    cause: "A retained state is over 1 KiB.",
    cure: "Send less; readings belong on the up topic.",
  },
  TOO_MANY_CONNECTIONS: {
    cause: "The broker, or one address, has as many connections as it may.",
    cure: "Close idle connections, or raise the broker's limits.",
  },
  TOO_MANY_SESSIONS: {
    cause: "An account, or a client's name, has as many sessions at the broker as it may.",
    cure: "Disconnect clients that are not needed.",
  },
  RECEIPTS_UNREAD: {
    cause: "A client left a megabyte of receipts unread and was cut off.",
    cure: "Read what arrives; what was not receipted is acknowledged again when it is resent.",
  },
  RECEIPT_UNSENT: {
    cause:
      "A receipt could not be handed to an external broker: the connection for receipts is down.",
    cure: "Nothing is lost: the device resends and is acknowledged again. Mend the broker.",
  },
  BROKER_SUBSCRIPTION: {
    cause: "An external broker did not grant the subscription to the devices' messages.",
    cure: "Allow the oracle's user to subscribe <prefix>/+/up and publish <prefix>/+/receipt.",
  },
  BROKER_MANAGEMENT: {
    cause: "The broker's management API did not do what it was asked, so sessions may not be cut.",
    cure: "Check FIELDSEAL_BROKER_MANAGEMENT, and that its user may list and close connections.",
  },
  BROKER_CONTROL: {
    cause: "Mosquitto's dynamic security did not do what it was asked.",
    cure: "Check that the plugin is loaded and that the user in FIELDSEAL_MQTT has its admin role.",
  },
  DOOR_OPEN: {
    cause: "The broker let in, or let through, what it must refuse.",
    cure: "Take the broker off the network and compare its configuration with deploy/brokers and docs/broker.md.",
  },
  SETTING_MISSING: {
    cause: "A setting that the service cannot do without is not given.",
    cure: "Set the variable named; docs/settings.md lists all.",
  },
  OPERATOR_NOT_MEMBER: {
    cause: "The operator's key does not belong to the log's present committee.",
    cure: "Use the key of a member, or open a log with this operator in its committee.",
  },
  COMMITTEE_NOT_FOUND: {
    cause: "The chain shows no committee of the log from the deployment's block on.",
    cure: "Set FIELDSEAL_DEPLOY_BLOCK to the block in which the contracts were deployed, or earlier.",
  },
  NODE_FAILED: {
    cause: "The local chain that `npm start` brings along did not start.",
    cure: "Read the node's own words; start one yourself and give --rpc.",
  },

  ...cliErrors,
  ...relayErrors,
  ...gatewayErrors,
} as const satisfies Record<string, ErrorEntry>;
