/** Seconds that a window lasts, by the contract's documentation. */
const windowS = 3600;
const bit = { READ: 1n, COMMAND: 2n, DELEGATE: 16n, EMERGENCY: 32n } as const;
export const everybody = "0x0000000000000000000000000000000000000000";
export const noEnd = 2 ** 40 - 1;

export type ModelTerms = {
  readonly subject: string;
  readonly grantee: string;
  readonly permissions: bigint;
  readonly from: number;
  readonly until: number;
};

/** One grant from its making to its end. It never comes back to life. */
type Given = {
  permissions: bigint;
  from: number;
  until: number;
  isDead: boolean;
  readonly subject: string;
  readonly grantor: string;
  readonly restsOn: Given | undefined;
};

type OpenWindow = { readonly given: Given; readonly until: number; isDead: boolean };

const covers = (held: bigint, asked: bigint) => (asked & ~held) === 0n;
const at = (...names: string[]) => names.join();

/** Whether the grant, and the one it rests on, give all of `asked` at `now`. */
function gives(given: Given | undefined, asked: bigint, now: number): given is Given {
  if (given === undefined || given.isDead || now < given.from || now >= given.until) return false;
  if (!covers(given.permissions, asked)) return false;
  return given.restsOn === undefined || gives(given.restsOn, asked | bit.DELEGATE, now);
}

/**
 * What AccessGrants is to do, told by grants that live and die: no slots, generations, revisions or epochs. Each action
 * says whether it is to be refused, and then changes nothing.
 */
export class GrantsModel {
  /** The last grant of each place that was not revoked by itself. */
  readonly #places = new Map<string, Given>();
  readonly #all: Given[] = [];
  readonly #windows = new Map<string, OpenWindow>();
  readonly owners = new Map<string, string>();

  transfer(device: string, to: string): void {
    this.owners.set(device, to);
    for (const given of this.#all) if (given.subject === device) given.isDead = true;
    for (const [key, window] of this.#windows) if (key.startsWith(device)) window.isDead = true;
  }

  grant(grantor: string, terms: ModelTerms, now: number): boolean {
    const { subject, grantee, permissions, from, until } = terms;
    if (permissions === 0n || (permissions & 0xc0n) !== 0n) return false;
    if (until <= now || until <= from || grantee === grantor) return false;
    if (grantee === everybody && permissions !== bit.READ) return false;
    const owner = this.owners.get(subject) ?? subject;
    const restsOn = grantor === owner ? undefined : this.#delegation(owner, grantor, terms, now);
    if (grantor !== owner && restsOn === undefined) return false;

    const last = this.#places.get(at(subject, grantor, grantee));
    const isRenewal =
      last !== undefined &&
      !last.isDead &&
      now < last.until &&
      covers(permissions, last.permissions) &&
      last.restsOn === restsOn;
    if (isRenewal) {
      Object.assign(last, { permissions, from, until });
      return true;
    }
    if (last !== undefined) last.isDead = true;
    const given = { permissions, from, until, isDead: false, subject, grantor, restsOn };
    this.#places.set(at(subject, grantor, grantee), given);
    this.#all.push(given);
    return true;
  }

  revoke(caller: string, subject: string, grantor: string, grantee: string): boolean {
    const owner = this.owners.get(subject) ?? subject;
    const given = this.#places.get(at(subject, grantor, grantee));
    if (given === undefined || ![grantor, grantee, owner].includes(caller)) return false;
    given.isDead = true;
    this.#places.delete(at(subject, grantor, grantee));
    return true;
  }

  revokeAll(caller: string, subject: string): void {
    for (const given of this.#all) {
      if (given.subject === subject && given.grantor === caller) given.isDead = true;
    }
  }

  openEmergency(caller: string, device: string, grantor: string, now: number): boolean {
    const given = this.#standing(device, grantor, caller).find((one) =>
      gives(one, bit.EMERGENCY, now),
    );
    if (given === undefined) return false;
    const window = { given, until: now + windowS, isDead: false };
    this.#windows.set(at(device, caller), window);
    return true;
  }

  closeEmergency(caller: string, device: string, responder: string, now: number): boolean {
    const window = this.#windows.get(at(device, responder));
    if (caller !== responder && caller !== this.owners.get(device)) return false;
    if (window === undefined || window.isDead || now >= window.until) return false;
    window.isDead = true;
    return true;
  }

  allowed(device: string, grantor: string, who: string, asked: bigint, now: number): boolean {
    const owner = this.owners.get(device);
    if (owner === undefined || asked === 0n) return false;
    if (who === owner && grantor === owner) return true;
    if (this.#standing(device, grantor, who).some((one) => gives(one, asked, now))) return true;
    const open = this.#standing(device, grantor, everybody);
    if (asked === bit.READ && open.some((one) => gives(one, asked, now))) return true;
    const window = this.#windows.get(at(device, who));
    return (
      covers(bit.READ | bit.COMMAND, asked) &&
      window !== undefined &&
      !window.isDead &&
      now < window.until &&
      window.given.grantor === grantor &&
      gives(window.given, bit.EMERGENCY, now)
    );
  }

  #standing(device: string, grantor: string, grantee: string): (Given | undefined)[] {
    const owner = this.owners.get(device) ?? everybody;
    return [device, owner].map((subject) => this.#places.get(at(subject, grantor, grantee)));
  }

  #delegation(owner: string, delegate: string, terms: ModelTerms, now: number): Given | undefined {
    return [terms.subject, owner]
      .map((subject) => this.#places.get(at(subject, owner, delegate)))
      .find(
        (own) =>
          gives(own, bit.DELEGATE, now) &&
          covers(own.permissions & ~bit.DELEGATE, terms.permissions) &&
          terms.until <= own.until,
      );
  }
}
