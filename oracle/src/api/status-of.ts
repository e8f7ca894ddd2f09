const statuses: Readonly<Record<string, number>> = {
  NOT_FOUND: 404,
  NOT_SEALED_YET: 404,
  RESTRICTED: 403,
  BODY_MISSING: 409,
  MEDIA_TYPE: 415,
  MESSAGE_TOO_LARGE: 413,
  MESSAGE_CONFLICT: 409,
  IDENTITY_CONFLICT: 409,
  RATE_LIMITED: 429,
  BUSY: 503,
  STOPPING: 503,
  CHAIN_UNREACHABLE: 503,
  TOPIC_MISMATCH: 403,
  DEVICE_UNKNOWN: 403,
  DEVICE_SUSPENDED: 403,
  DEVICE_RETIRED: 403,
  DEVICE_ELSEWHERE: 403,
  DEVICE_HOME: 403,
  KEY_UNKNOWN: 403,
  KEY_EXPIRED: 403,
  KEY_COMPROMISED: 403,
  KEY_TYPE: 403,
  SIGNATURE_INVALID: 403,
  INTERNAL: 500,
};

/** HTTP status of an error code: what is not listed is the caller's malformed request, 400. */
export function statusOf(code: string): number {
  return statuses[code] ?? 400;
}
