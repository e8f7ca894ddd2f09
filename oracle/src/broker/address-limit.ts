/** Counts connections, in all and for each address. */
export type AddressLimit = {
  /** False if the address, or the broker, has as many as it may; else counts one. */
  enter(address: string): boolean;
  leave(address: string): void;
};

/** @param total most connections in all @param perAddress most connections from one address */
export function addressLimit(total: number, perAddress: number): AddressLimit {
  const counts = new Map<string, number>();
  let all = 0;
  return {
    enter(address) {
      const count = counts.get(address) ?? 0;
      if (all >= total || count >= perAddress) return false;
      counts.set(address, count + 1);
      all += 1;
      return true;
    },
    leave(address) {
      const count = counts.get(address) ?? 0;
      if (count === 0) return;
      all -= 1;
      if (count === 1) counts.delete(address);
      else counts.set(address, count - 1);
    },
  };
}
