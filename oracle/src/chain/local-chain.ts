const localChainIds: ReadonlySet<bigint> = new Set([1337n, 31337n]);

/** Whether the chain id is one that development nodes use: no value is at stake there. */
export const isLocalChain = (chainId: bigint): boolean => localChainIds.has(chainId);
