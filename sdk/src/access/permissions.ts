/** Bits of a grant, as AccessGrants has them. Bits 6 and 7 are reserved, 8 to 39 are for applications. */
export const permissions = {
  READ: 1n,
  COMMAND: 2n,
  CONFIGURE: 4n,
  MAINTAIN: 8n,
  DELEGATE: 16n,
  EMERGENCY: 32n,
} as const;

/** What an owner may give: 40 bits but the reserved ones. */
export const grantablePermissions = 0xff_ffff_ff3fn;

/** What an emergency window gives to its responder. */
export const emergencyPermissions: bigint = permissions.READ | permissions.COMMAND;

/** The end of a grant that has none: what fits a uint40. */
export const noEndS = 0xff_ffff_ffffn;
