import type { ErrorEntry } from "./error-entry.ts";

/** Commands, and devices among themselves. */
export const machineErrors = {
  // Commands
  COMMAND_FORMAT: {
    cause: "The bytes are no command of docs/commands.md, or an argument cannot be sent.",
    cure: "Make commands with createCommand; fractions go as text, 1 KiB in all.",
  },
  COMMAND_BUSY: {
    cause: "The device has too many commands waiting.",
    cure: "Send it again when the device has answered the ones before.",
  },
  COMMAND_UNTIMED: {
    cause: "The device has neither a clock nor fresh challenges, so it could not tell a replay.",
    cure: "Configure the command receiver's freshness; check its source of randomness.",
  },
  COMMAND_UNKNOWN: {
    cause: "The device has no command of this name.",
    cure: "Ask its maker which commands it has.",
  },
  COMMAND_SIGNATURE: {
    cause: "The commander has not signed this very command for this device, chain and contract.",
    cure: "Sign with the commander's own account or current key, for the device's deployment.",
  },
  COMMAND_EXPIRED: {
    cause: "The command has expired.",
    cure: "Send a new one; check the clocks of commander and device.",
  },
  COMMAND_EXPIRY: {
    cause: "The command is valid for more than an hour.",
    cure: "Let it expire sooner; check the clocks of commander and device.",
  },
  COMMAND_REPLAYED: {
    cause: "The device has taken this command, or a later one of the commander's, already.",
    cure: "Sign a new one with a larger number.",
  },
  COMMAND_CHALLENGE: {
    cause: "The command does not answer the device's present challenge.",
    cure: "Read the challenge from the device's state topic and sign a new command.",
  },
  COMMAND_PERMISSION: {
    cause: "The grant does not include what the command needs.",
    cure: "Ask the device's owner for the permission, and the oracle for a statement that names it.",
  },
  COMMAND_JOURNAL: {
    cause: "The device cannot note durably that it takes a command, or its notes are damaged.",
    cure: "Free space or mend the disk. After a loss wait an hour: all earlier commands have expired.",
  },
  COMMAND_FAILED: {
    cause: "The device took the command and failed at it.",
    cure: "Look at the device; a new command tries again.",
  },
  STATEMENT_FORMAT: {
    cause: "The bytes are no grant statement.",
    cure: "Take statements from an oracle of the device's home log.",
  },
  STATEMENT_FETCH: {
    cause: "The oracle cannot be reached, or gives no statement.",
    cure: "Check its address, and that the chain grants the commander what he asks for.",
  },
  STATEMENT_MISMATCH: {
    cause: "The statement is about another device, commander or key than the command.",
    cure: "Ask for a statement for this device and commander; again after a rotation of his key.",
  },
  STATEMENT_COMMITTEE: {
    cause: "The statement is of another log, or of another committee than the device knows.",
    cure: "Hand the device over to the present committee with the former one's signatures.",
  },
  STATEMENT_SIGNATURE: {
    cause: "Fewer members of the known committee have signed the statement than must.",
    cure: "Ask the oracle again; check the committee that the device was given.",
  },
  STATEMENT_STALE: {
    cause: "The statement is older than the device allows, or from the future.",
    cure: "Ask for a new one; check the device's clock.",
  },
  STATEMENT_EXPIRED: {
    cause: "The grant has ended.",
    cure: "Ask the device's owner for another one.",
  },
  STATEMENT_CHALLENGE: {
    cause: "The statement was made for another challenge than the device's, or for none.",
    cure: "Ask for a statement with the challenge of the device's state topic.",
  },
  COMMITTEE_CHANGE: {
    cause: "What should be the next committee is not, or no quorum of the present one has signed.",
    cure: "Give the change that the log announced, with its signatures, one epoch after the other.",
  },

  // Device to device
  PEER_CONNECT: {
    cause: "Nobody answers there, in time, with TLS 1.3 as a Fieldseal peer.",
    cure: "Check host and port, and that the other device listens for peers.",
  },
  PEER_CERTIFICATE: {
    cause: "The other side shows no certificate, or none that a Fieldseal device makes.",
    cure: "Connect to devices only; both sides need this SDK or docs/peers.md.",
  },
  PEER_EXPIRED: {
    cause: "The peer's certificate has expired, is not valid yet, or is valid for over an hour.",
    cure: "Set both devices' clocks.",
  },
  PEER_SIGNATURE: {
    cause: "The device key has not signed for the peer's certificate in this deployment.",
    cure: "Check that both devices are set to the same chain and registry; if so, the peer is an impostor.",
  },
  PEER_SELF: {
    cause: "The other side shows this device's own identity.",
    cure: "Check the address; if it is right, look for a clone of this device.",
  },
  PEER_DEVICE: {
    cause: "Another device than the one asked for has answered.",
    cure: "Check address and device id.",
  },
  PEER_KEY: {
    cause:
      "The peer's key is not its device's current one: it was rotated out, or a clone uses it.",
    cure: "Let the peer go on with its current key and index once the rotation is final.",
  },
  PEER_DIRECTORY: {
    cause: "What is known of the peer is too old, and the chain cannot be asked.",
    cure: "Check the node's address, the registry, and that the node serves this deployment's chain.",
  },
  PEER_REFUSED: {
    cause: "The peer has closed the connection without accepting this device.",
    cure: "Check that this device is enrolled and active, its key current and its clock right.",
  },
  PEER_BUSY: {
    cause: "The listener, or this device at it, has as many connections as it may.",
    cure: "Close connections that are not needed, or raise the listener's limits.",
  },
} as const satisfies Record<string, ErrorEntry>;
