import {
  type DeviceId,
  deviceIdOf,
  FieldsealError,
  formatPermissions,
  type GrantStatement,
  type SignedStatement,
} from "@fieldseal/sdk";
import type { DeviceDirectory, Hex } from "../chain/types.ts";
import type { AccessRights } from "./types.ts";

type StatementQuestion = {
  readonly device: DeviceId;
  /** An account, or a device that commands another. */
  readonly commander: Hex;
  readonly permissions: bigint;
  /** The device's challenge, 128 bits, 0 if it has a clock. */
  readonly challenge: bigint;
};

/** What this operator says the chain grants, for devices that cannot ask the chain. */
export type GrantStatements = {
  /** @throws NOT_FOUND, DEVICE_SUSPENDED, DEVICE_RETIRED, DEVICE_UNKNOWN, GRANT_MISSING, AUTHORITY_STALE */
  state(question: StatementQuestion): SignedStatement;
};

export type GrantStatementsOptions = {
  readonly devices: DeviceDirectory;
  readonly rights: AccessRights;
  readonly logId: bigint;
  /** Epoch of the log's committee. */
  epoch(): number;
  /** The newest block, and when it was last seen to be that, seconds since 1970. */
  seen(): { readonly block: number; readonly timeS: number };
  /** Whether the chain was followed lately. */
  isFresh(): boolean;
  sign(statement: GrantStatement): Uint8Array;
};

export function createGrantStatements(options: GrantStatementsOptions): GrantStatements {
  const { devices, rights, logId, epoch, seen, isFresh, sign } = options;

  const requireActive = (device: DeviceId) => {
    const known = devices.lookup(device);
    if (known === undefined) {
      throw new FieldsealError("NOT_FOUND", `${device} is not enrolled at the followed block.`);
    }
    for (const status of [known.status, devices.newest(device)?.status]) {
      if (status === "suspended") {
        throw new FieldsealError("DEVICE_SUSPENDED", `${device} is suspended.`);
      }
      if (status === "retired") throw new FieldsealError("DEVICE_RETIRED", `${device} is retired.`);
    }
    return known;
  };

  /** Who signs for a commander: an account for itself, a device with its current key. */
  const signerOf = (commander: Hex): Hex => {
    if (devices.lookup(commander) === undefined) return commander;
    const { currentKeyIndex, key } = requireActive(commander);
    const newest = devices.newest(commander);
    const current = key(currentKeyIndex);
    if (
      current === undefined ||
      (newest ?? { keyIndex: currentKeyIndex }).keyIndex !== currentKeyIndex
    ) {
      throw new FieldsealError("KEY_UNKNOWN", `The current key of ${commander} is not final yet.`);
    }
    return deviceIdOf(current.key);
  };

  return {
    state({ device, commander, permissions, challenge }) {
      if (!isFresh()) {
        throw new FieldsealError("AUTHORITY_STALE", "The chain was not followed lately.");
      }
      requireActive(device);
      const signer = signerOf(commander);
      const right = rights.holds(device, commander, permissions);
      if (right === undefined) {
        throw new FieldsealError(
          "GRANT_MISSING",
          `${commander} holds no ${formatPermissions(permissions)} on ${device}.`,
        );
      }
      const { block, timeS } = seen();
      const statement: GrantStatement = {
        logId,
        epoch: epoch(),
        device,
        grantor: right.grantor,
        commander,
        signer,
        permissions,
        until: BigInt(right.untilS),
        block: BigInt(block),
        blockTime: BigInt(timeS),
        challenge,
      };
      return { statement, signatures: [sign(statement)] };
    },
  };
}
