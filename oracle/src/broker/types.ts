import type { DeviceId } from "@fieldseal/sdk";
import type { Login } from "../access/types.ts";
import type { Inbound, Outcome } from "../ingest/types.ts";
import type { EmqxDoor } from "./emqx/emqx-door.ts";
import type { LoginExchange } from "./mosquitto/login-exchange.ts";
import type { RabbitmqDoor } from "./rabbitmq/rabbitmq-door.ts";

/** What a client says at login. */
export type Credentials = {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
};

/** The one place that knows who may log in and use which topic. It denies by default. */
export type BrokerAuthority = {
  login(credentials: Credentials): Promise<Login | { readonly refused: string }>;
  /** Why a login granted before no longer stands; undefined while it does. */
  objection(login: Login): string | undefined;
  /** @param who Username of a login: a device's id or an account, lowercase */
  mayPublish(who: string, topic: string): boolean;
  maySubscribe(who: string, topic: string): boolean;
};

/** The part of ingest that brokers use. `submit` resolves after the durable commit. */
export type BrokerIngest = { submit(inbound: Inbound): Promise<Outcome> };

/** What a broker elsewhere, or its clients, ask of the authority over HTTP. */
export type BrokerDoors = {
  /** What the broker shows when it asks; without it only programs on this machine may ask. */
  readonly secret?: string | undefined;
  readonly rabbitmq?: RabbitmqDoor;
  readonly emqx?: EmqxDoor;
  readonly exchange?: LoginExchange;
};

/** A running source of messages. */
export type MessageSource = {
  /** Sends a receipt to a device if it can be reached now; a receipt that is lost costs one resend. */
  publishReceipt(device: DeviceId, bytes: Uint8Array): Promise<void>;
  stop(): Promise<void>;
};
