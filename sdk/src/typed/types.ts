import type { TypedDataField } from "ethers";

/** EIP-712 types of one action. */
export type ActionTypes = Record<string, TypedDataField[]>;

/** `uint64 home` as EIP-712 wants it. */
function fields(definition: string): TypedDataField[] {
  return definition.split(",").map((field) => {
    const [type = "", name = ""] = field.trim().split(" ");
    return { type, name };
  });
}

/** A device enrols for an owner. */
export const enrolTypes: ActionTypes = {
  Enrol: fields("address device, address owner, uint64 home, uint64 deadline"),
};

/** An owner takes a device that another sender enrols. */
export const adoptTypes: ActionTypes = {
  Adopt: fields("address device, address owner, uint64 home, uint64 deadline"),
};

/** An owner takes several devices that another sender enrols. */
export const adoptManyTypes: ActionTypes = {
  AdoptMany: fields("address[] devices, address owner, uint64 home, uint64 deadline"),
};

/** A device of a manufacturer's manifest enrols for an owner. */
export const claimTypes: ActionTypes = {
  Claim: fields(
    "address device, address owner, uint64 home, uint64 manifest, address manufacturer, " +
      "uint64 deadline",
  ),
};

/** An owner takes devices of a manifest that another sender claims. */
export const adoptClaimsTypes: ActionTypes = {
  AdoptClaims: fields(
    "address[] devices, address owner, uint64 home, uint64 manifest, address manufacturer, " +
      "uint64 deadline",
  ),
};

/** Device and owner replace the device's key; index and key are the next one's. */
export const rotateTypes: ActionTypes = {
  Rotate: fields(
    "address device, uint32 keyIndex, uint8 keyType, bytes32 x, bytes32 y, bool compromised, " +
      "uint32 ownerEpoch, uint256 nonce, uint64 deadline",
  ),
};

/** Device and owner hand the device over. */
export const transferTypes: ActionTypes = {
  Transfer: fields("address device, address to, uint32 ownerEpoch, uint256 nonce, uint64 deadline"),
};

/** A new owner takes the device that is handed over to him; the fields are the transfer's. */
export const acceptTypes: ActionTypes = {
  Accept: fields("address device, address to, uint32 ownerEpoch, uint256 nonce, uint64 deadline"),
};

/** A device's manufacturer says what its current key is worth. */
export const vouchTypes: ActionTypes = {
  Vouch: fields(
    "address device, uint32 keyIndex, address keyId, uint8 attestation, uint32 ownerEpoch, " +
      "uint256 nonce, uint64 deadline",
  ),
};

/** A device forbids what its owner announced alone; `recovery` names the announcement. */
export const vetoTypes: ActionTypes = {
  Veto: fields(
    "address device, bytes32 recovery, uint32 ownerEpoch, uint256 nonce, uint64 deadline",
  ),
};

/** Operators seal a checkpoint. */
export const checkpointTypes: ActionTypes = {
  Checkpoint: fields(
    "uint256 logId, uint64 index, bytes32 previous, uint32 epoch, bytes32 root, uint64 size, " +
      "uint64 judgedBlock",
  ),
};

/** A committee names the next one. */
export const committeeChangeTypes: ActionTypes = {
  CommitteeChange: fields("uint256 logId, uint32 epoch, bytes32 operatorsHash, uint8 threshold"),
};

/** An operator acknowledges the messages of one group commit. */
export const storedTypes: ActionTypes = {
  Stored: fields("uint256 logId, uint32 epoch, bytes32 root, uint64 storedAt, uint64 deadline"),
};

/** A grantor makes grants; one owner epoch for each of the terms, 0 where the subject is an owner. */
export const grantManyTypes: ActionTypes = {
  GrantMany: fields(
    "address grantor, Terms[] terms, uint32[] ownerEpochs, uint256 nonce, uint64 deadline",
  ),
  Terms: fields(
    "address subject, address grantee, uint40 permissions, uint40 from, uint40 until, " +
      "bytes32 purpose",
  ),
};

/** A grantor ends a grant. */
export const revokeTypes: ActionTypes = {
  Revoke: fields(
    "address subject, address grantor, address grantee, uint256 nonce, uint64 deadline",
  ),
};

/** A grantor ends all that he granted on a subject. */
export const revokeAllTypes: ActionTypes = {
  RevokeAll: fields("address subject, address grantor, uint256 nonce, uint64 deadline"),
};

/** A commander orders a device; `command` is SHA-256 of the command's bytes. */
export const commandTypes: ActionTypes = {
  Command: fields(
    "address device, address commander, bytes32 command, uint256 nonce, uint64 expiry",
  ),
};

/** A log's committee states what the chain grants a commander on a device, for devices without chain access. */
export const grantStatementTypes: ActionTypes = {
  GrantStatement: fields(
    "uint256 logId, uint32 epoch, address device, address grantor, address commander, " +
      "address signer, uint40 permissions, uint64 until, uint64 block, uint64 blockTime, " +
      "bytes32 challenge",
  ),
};
