/** Where time comes from; injected so that tests move it by hand. */
export type DeviceClock = { nowMs(): number };

/** One signed message on its way. */
export type OutboxEntry = {
  readonly keyIndex: number;
  readonly sequence: bigint;
  /** Message root, 32 bytes. */
  readonly root: Uint8Array;
  /** The message as it is sent, COSE or JSON. */
  readonly bytes: Uint8Array;
};

/** A message that will never be taken, and why. */
export type DeadLetter = OutboxEntry & { readonly code: string; readonly reason: string };

/** What names a message of one device. */
export type OutboxKey = Pick<OutboxEntry, "keyIndex" | "sequence">;

/**
 * Where a device keeps what has no receipt yet. One client uses it at a time.
 * What `put` and `nextBoot` have returned from survives any crash.
 */
export type Outbox = {
  /**
   * A boot counter never returned before, 1 to 2^32 − 1, durable before it returns.
   * @throws OUTBOX_EXHAUSTED
   */
  nextBoot(): Promise<number>;
  /** Keeps a message. @throws OUTBOX_FULL before anything is written, OUTBOX_FAILED */
  put(entry: OutboxEntry): Promise<void>;
  /** Forgets a message; a crash may undo it, which costs one resend. */
  remove(key: OutboxKey): Promise<void>;
  /** Sets a message aside; false if there is no room for it, then it stays where it is. */
  bury(key: OutboxKey, code: string, reason: string): Promise<boolean>;
  /** What is to be sent, oldest first. */
  entries(): readonly OutboxEntry[];
  deadLetters(): readonly DeadLetter[];
  /** Forgets a dead letter. */
  discard(key: OutboxKey): Promise<void>;
  close(): Promise<void>;
};

/** A last will: the broker publishes it when the connection breaks. */
export type MqttWill = { readonly topic: string; readonly payload: Uint8Array };

export type MqttOpenOptions = {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  /** Published retained, QoS 1. */
  readonly will?: MqttWill;
  /** Aborts when the connection is no longer wanted while it is being made. */
  readonly signal?: AbortSignal;
  onMessage(topic: string, payload: Uint8Array): void;
  /** Called once, when an open connection ended for whatever reason. */
  onClose(): void;
};

/** An open connection, logged in. */
export type MqttConnection = {
  /** Resolves when the broker acknowledged (QoS 1) or the packet was written (QoS 0). */
  publish(
    topic: string,
    payload: Uint8Array,
    options: { readonly qos: 0 | 1; readonly retain: boolean },
  ): Promise<void>;
  /** @throws MQTT_SUBSCRIBE if the broker does not grant it */
  subscribe(topic: string): Promise<void>;
  close(): Promise<void>;
};

/** A way to one broker. It does not reconnect by itself: each `open` is one attempt. */
export type MqttLike = {
  /** @throws MQTT_CONNECT, MQTT_LOGIN */
  open(options: MqttOpenOptions): Promise<MqttConnection>;
};

/** What takes a device's commands: a command receiver. */
export type DeviceCommands = {
  /** Something came on the command topic. */
  onCommand(bytes: Uint8Array): void;
  /** The challenge that commands must answer, 0x and hex digits; undefined for a device with a clock. */
  challenge(): string | undefined;
};
