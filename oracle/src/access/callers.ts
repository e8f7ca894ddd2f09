import { type DeviceId, FieldsealError, permissions } from "@fieldseal/sdk";
import type { Authenticator } from "./authenticator.ts";
import type { AccessRights, Login } from "./types.ts";

/** Who asks over HTTP, and what he may see. */
export type Callers = {
  /**
   * The caller that an `Authorization: Bearer` header names, undefined without one.
   * @throws AUTHORIZATION_FORMAT, and as `Authenticator.authenticate`
   */
  identify(authorization: string | undefined): Promise<Login | undefined>;
  /** Whether the caller may read what `device` says; without `device`, what any device says. */
  mayRead(caller: Login | undefined, device: DeviceId | undefined): boolean;
  /** As `mayRead`, for one who may not. @throws SIGN_IN_REQUIRED, RESTRICTED */
  requireReader(caller: Login | undefined, device: DeviceId | undefined): void;
};

export type CallersOptions = {
  readonly authenticator: Authenticator;
  readonly rights: AccessRights;
  /** Accounts that may read everything, lowercase: a restricted log's named auditors. */
  readonly auditors: ReadonlySet<string>;
  isRestricted(): boolean;
};

const bearer = /^Bearer ([\w.~+/-]{1,4096}=*)$/i;

export function createCallers(options: CallersOptions): Callers {
  const { authenticator, rights, auditors, isRestricted } = options;

  const mayRead = (caller: Login | undefined, device: DeviceId | undefined): boolean => {
    if (!isRestricted()) return true;
    // A login ends while a stream is open.
    if (caller === undefined || authenticator.objection(caller) !== undefined) return false;
    if (caller.kind === "account" && auditors.has(caller.who)) return true;
    if (device === undefined) return false;
    return (
      caller.who === device || rights.holds(device, caller.who, permissions.READ) !== undefined
    );
  };

  return {
    async identify(authorization) {
      if (authorization === undefined) return undefined;
      const token = bearer.exec(authorization)?.[1];
      if (token !== undefined) return authenticator.authenticate(token);
      throw new FieldsealError(
        "AUTHORIZATION_FORMAT",
        "The Authorization header is not `Bearer <token>`.",
      );
    },
    mayRead,
    requireReader(caller, device) {
      if (mayRead(caller, device)) return;
      if (caller === undefined) {
        throw new FieldsealError("SIGN_IN_REQUIRED", "This log is restricted: sign in to read it.");
      }
      throw new FieldsealError(
        "RESTRICTED",
        device === undefined
          ? "Only a named auditor reads all devices of a restricted log: name the device."
          : `${caller.who} has no READ on ${device}.`,
      );
    },
  };
}
