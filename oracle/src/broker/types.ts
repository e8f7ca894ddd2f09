import type { DeviceId } from "@fieldseal/sdk";
import type { Inbound, Outcome } from "../ingest/types.ts";

/** What a client says at login. */
export type Credentials = {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
};

/** A login that was granted. */
export type Login = {
  readonly device: DeviceId;
  /** Index of the key that signed the token. */
  readonly keyIndex: number;
  /** When the token, and with it the session, ends; seconds since 1970. */
  readonly expiresS: number;
};

/** The one place that knows who may log in and use which topic. It denies by default. */
export type BrokerAuthority = {
  login(credentials: Credentials): Promise<Login | { readonly refused: string }>;
  /** Why a login granted before no longer stands; undefined while it does. */
  objection(login: Login): string | undefined;
  mayPublish(device: DeviceId, topic: string): boolean;
  maySubscribe(device: DeviceId, topic: string): boolean;
};

/** The part of ingest that brokers use. `submit` resolves after the durable commit. */
export type BrokerIngest = { submit(inbound: Inbound): Promise<Outcome> };

/** A running source of messages. */
export type MessageSource = {
  /** Sends a receipt to a device if it can be reached now; a receipt that is lost costs one resend. */
  publishReceipt(device: DeviceId, bytes: Uint8Array): Promise<void>;
  stop(): Promise<void>;
};
