/**
 * Gives a client that the authority admits a password of its own, for brokers that compare stored passwords.
 * @throws the authority's refusal, as DEVICE_SUSPENDED or LOGIN_SIGNATURE; BROKER_CONTROL
 */
export type LoginExchange = (request: {
  readonly clientId: string;
  /** What would be the password at a broker that can ask. */
  readonly token: string;
  /** Topics beside its own that it means to use; it is given those that the authority allows. */
  readonly topics?: readonly string[] | undefined;
}) => Promise<{
  readonly username: string;
  readonly password: string;
  /** When the password ends, with the token; seconds since 1970. */
  readonly expires: number;
}>;
