import type { RelayCode } from "./codes.ts";

/** A message as the source's broker delivered it. */
export type SourceMessage = {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** It was kept by the broker, so it may be of any age. */
  readonly retained: boolean;
  /** The broker says that it may have sent it before. */
  readonly repeated: boolean;
  /** MQTT packet identifier, 0 for QoS 0. */
  readonly packetId: number;
};

/** What a reading says; numbers keep the digits of their text. */
export type RelayedValue =
  | { readonly value: string }
  | { readonly text: string }
  | { readonly bool: boolean }
  | { readonly data: Uint8Array };

/** One value of a source's message, under the source's own name for it. */
export type RelayedReading = {
  readonly name: string;
  /** As the source writes it, `°C`. */
  readonly unit?: string;
} & RelayedValue;

/** Something of a message that is not relayed, and why. */
export type Skipped = { readonly what: string; readonly code: RelayCode };

/** When the source says that it measured. */
export type SourceTime =
  | { readonly kind: "none" }
  | { readonly kind: "instant"; readonly ms: number }
  /** A local time without a zone: its fields as if they were UTC. */
  | { readonly kind: "local"; readonly ms: number };

/** What a format made of a message. */
export type Understood =
  | {
      readonly kind: "readings";
      /** Name of the device behind the source, unique within its format. */
      readonly origin: string;
      /** Address burnt into that device, where the source tells it. */
      readonly hardware?: string;
      /** 0 relayed on the source's word, 1 authenticated by the device's network. */
      readonly attestation: 0 | 1;
      readonly time: SourceTime;
      /** Names this message among all of its origin, where the source gives it such a name. */
      readonly id?: string;
      readonly readings: readonly RelayedReading[];
      readonly skipped: readonly Skipped[];
    }
  /** The format learnt from it what later messages mean. */
  | {
      readonly kind: "learnt";
      readonly what: string;
      readonly skipped: readonly Skipped[];
      /** Topics that the gateway must listen to from now on. */
      readonly subscribe?: readonly string[];
    }
  /** Nothing that is a reading, by the format's own rules. */
  | { readonly kind: "ignored"; readonly why: string };

/** One kind of source. */
export type SourceFormat = {
  /** Goes into `origin.source`. */
  readonly name: string;
  /** Topic filters to subscribe to. */
  readonly filters: readonly string[];
  /** Whether a topic is this format's. */
  matches(topic: string): boolean;
  /** Whether messages of this topic are worth reading when they are retained: they tell what others mean. */
  teaches(topic: string): boolean;
  /** @throws FieldsealError with a code of `relayErrors` */
  understand(topic: string, payload: Uint8Array): Understood;
};
