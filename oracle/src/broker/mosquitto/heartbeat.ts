/** Where the authority says that it is alive; only the oracle's user may write there. */
export const heartbeatTopic = (prefix: string): string => `${prefix}/authority/alive`;
