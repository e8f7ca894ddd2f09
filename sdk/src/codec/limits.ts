/** Largest message in bytes, COSE or JSON. */
export const maxMessageLength = 8192;
/** Deepest nesting of arrays and maps in a body; [salt, [{v: 4([e, m])}]] has exactly this. */
export const maxBodyDepth = 4;
/** Most records in a message. */
export const maxRecords = 64;
/** Bytes of a message's salt. */
export const saltLength = 16;
