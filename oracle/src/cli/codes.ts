import type { ErrorEntry } from "@fieldseal/sdk";

/** Codes of the command line. */
export const cliErrors = {
  USAGE: {
    cause: "The command is not written as its help says.",
    cure: "Run it with --help.",
  },
  CONFIRMATION_MISSING: {
    cause: "The command does what cannot be undone and was not told that this is meant.",
    cure: "Look at the device once more, then add --yes.",
  },
  OPTION_MISSING: {
    cause:
      "The command needs a value that was given neither as an option nor in the environment, .env or a network file.",
    cure: "Give the option or set the variable that the message names.",
  },
  FILE_UNREADABLE: {
    cause: "A file is not there or cannot be read.",
    cure: "Check its name and its permissions.",
  },
  FILE_UNWRITABLE: {
    cause: "A file cannot be written.",
    cure: "Check the folder, its permissions and the space left.",
  },
  FILE_EXISTS: {
    cause: "A file that would be written exists already.",
    cure: "Choose another name; keys are never overwritten.",
  },
  FILE_FORMAT: {
    cause: "A file does not hold what the command expects.",
    cure: "Check that it is the right file and complete.",
  },
  KEY_FILE: {
    cause: "A file is no device key.",
    cure: "Make one with `fieldseal device new`.",
  },
  KEY_FILE_STALE: {
    cause: "The key file's key is not the device's current key on chain.",
    cure: "Use the file of the key that the device was rotated to.",
  },
  ACCEPTANCE_MISMATCH: {
    cause: "A file with a new owner's word is about another device, registry, chain or account.",
    cure: "Compare --key, --to and the registry with what the new owner accepted.",
  },
  ACCEPTANCE_STALE: {
    cause: "A new owner's word is out of time, or the device has changed hands or key since.",
    cure: "Ask him for a new one: `fieldseal device accept`.",
  },
  RECOVERY_NONE: {
    cause: "No recovery of the device is announced, or another one than was asked for.",
    cure: "Look with `fieldseal device show`; announce it with `fieldseal device recover`.",
  },
  RECOVERY_WAITS: {
    cause: "A recovery is announced and its delay is not over.",
    cure: "Run the same command again after the time that the message names.",
  },
  MANIFEST_HEADER: {
    cause: "A list of devices does not begin with its header.",
    cure: "Make its first line serial,keyType,publicKey.",
  },
  MANIFEST_ROW: {
    cause: "A line of a list of devices is no serial number, key type and public key.",
    cure: "Correct the line that the message names; nothing was written.",
  },
  MANIFEST_DUPLICATE: {
    cause: "A list of devices names a serial number or a key twice.",
    cure: "Find out which of the two lines is right; nothing was written.",
  },
  MANIFEST_EMPTY: {
    cause: "A list of devices names none.",
    cure: "Check that it is the right file and complete.",
  },
  MANIFEST_SERIAL: {
    cause: "A serial number is not in the manifest.",
    cure: "Check its spelling, which counts to the letter, and that it is the right manifest.",
  },
  MANIFEST_MISMATCH: {
    cause: "A manifest or a proof is not that of the manifest on chain, or of the device's key.",
    cure: "Compare the manifest's number, its file and the device's key file.",
  },
  READING_SYNTAX: {
    cause: "A reading on the command line cannot be understood.",
    cure: "Write name=value or name=value/Unit, as temperature=21.5/Cel.",
  },
  HTTP_UNREACHABLE: {
    cause: "The service did not answer over HTTP, or what answered is no Fieldseal service.",
    cure: "Check the URL and that the service runs: open its /readyz.",
  },
  BROKER_UNREACHABLE: {
    cause: "The broker cannot be reached or refused the login.",
    cure: "Check the MQTT URL, that the device is enrolled, and the device's clock.",
  },
  RECEIPT_TIMEOUT: {
    cause: "The message was sent but no receipt came in time.",
    cure: "Run the same publish again: what has no receipt is kept and sent again.",
  },
  TRANSACTION_REVERTED: {
    cause: "The chain refused the action; the message holds the contract's reason.",
    cure: "Look the reason up in docs/cli.md.",
  },
  TRANSACTION_PENDING: {
    cause: "A transaction was sent and is in no block yet.",
    cure: "Look it up by its hash before sending the action again.",
  },
  SERVICE_MISMATCH: {
    cause: "The service serves another registry or log than the options name.",
    cure: "Correct the URL or the addresses.",
  },
  EXPORT_BROKEN: {
    cause: "A download ended before it was whole.",
    cure: "Run it again; ask for a shorter range with --from and --to if it breaks again.",
  },
  DOCTOR_FAILED: {
    cause: "At least one check of the surroundings failed.",
    cure: "Read the lines marked with `fail` from the top: the first is often the cause of the rest.",
  },
} as const satisfies Record<string, ErrorEntry>;
