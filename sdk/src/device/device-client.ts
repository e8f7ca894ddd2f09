import { equalBytes } from "../bytes/arrays.ts";
import { type SignedContent, signMessage } from "../codec/sign-message.ts";
import { errorCode, sdkError } from "../errors/sdk-error.ts";
import type { RefusedReceipt, SealedReceipt, StoredReceipt } from "../receipt/receipt.ts";
import { decodeReceipt } from "../receipt/receipt-codec.ts";
import { verifyStoredReceipt } from "../receipt/verify-stored-receipt.ts";
import type { Reading } from "../senml/pack-of.ts";
import { type DeviceTopics, defaultTopicPrefix, topicsOf } from "../topics/topics-of.ts";
import type { DeviceMessage, MessageBody, SignedFacts, Signer } from "../types.ts";
import { type BackOff, backOffMs } from "./back-off.ts";
import {
  type DeviceClientConfig,
  type DeviceClientLimits,
  defaultDeviceClientLimits,
} from "./device-client-config.ts";
import type { DeviceEvent } from "./device-event.ts";
import { type DeviceLink, onlineState, openDeviceLink } from "./device-link.ts";
import { ownFault } from "./own-fault.ts";
import { type PendingMessage, PendingMessages } from "./pending-messages.ts";
import type { OutboxKey } from "./ports.ts";
import { refusalKind } from "./refusal.ts";
import { SequenceCounter } from "./sequence-counter.ts";

const longestStepMs = 60_000;

/**
 * The device's side of the protocol. Signs readings, keeps each message in the outbox until enough
 * operators have stored it, and sends it again whenever that seems to have failed. Runs wherever its
 * ports do; {@link DeviceClientConfig} names them.
 */
export class DeviceClient {
  readonly #config: DeviceClientConfig;
  readonly #limits: DeviceClientLimits;
  readonly #topics: DeviceTopics;
  readonly #pending: PendingMessages;
  readonly #counter: SequenceCounter;
  #signer: Signer;
  #keyIndex: number;
  #operators: readonly string[];
  #link: DeviceLink | undefined;
  /** Counts connections wanted: whatever belongs to an earlier one is void. */
  #era = 0;
  #connectMs = 0;
  #connectFailures = 0;
  /** Nothing is sent before, after a refusal that concerns the whole device. */
  #pausedUntilMs = 0;
  #refusals = 0;
  #signing: Promise<unknown> = Promise.resolve();
  readonly #closing = new AbortController();

  private constructor(config: DeviceClientConfig, counter: SequenceCounter) {
    this.#config = config;
    this.#limits = { ...defaultDeviceClientLimits, ...config.limits };
    this.#topics = topicsOf(config.prefix ?? defaultTopicPrefix, config.device);
    this.#pending = new PendingMessages(this.#limits.window);
    this.#counter = counter;
    this.#signer = config.signer;
    this.#keyIndex = config.keyIndex;
    this.#operators = config.log.operators;
    for (const entry of config.outbox.entries()) this.#pending.add(entry);
  }

  /** Takes a boot counter from the outbox, then what an earlier run left there. @throws OUTBOX_* */
  static async start(config: DeviceClientConfig): Promise<DeviceClient> {
    return new DeviceClient(config, await SequenceCounter.start(config.outbox));
  }

  get connected(): boolean {
    return this.#link !== undefined;
  }

  /** Messages without a sufficient receipt. */
  get pending(): number {
    return this.#pending.size;
  }

  get keyIndex(): number {
    return this.#keyIndex;
  }

  /**
   * Signs readings and keeps the message; it is durable when this resolves, and sent when possible.
   * @returns the message with its body, which a device that encrypts keeps to disclose from later
   * @throws OUTBOX_FULL, OUTBOX_FAILED, and what signMessage throws
   */
  async send(readings: readonly Reading[]): Promise<DeviceMessage> {
    const { encoding = "cose", random } = this.#config;
    return this.#sign({ readings, salt: random(16) }, encoding);
  }

  /** As {@link send}, for a body made before; an encrypted one comes with its plaintext's root. */
  async sendBody(body: MessageBody, root?: Uint8Array): Promise<DeviceMessage> {
    return this.#sign(root === undefined ? { body } : { body, root });
  }

  /**
   * Goes on with another key; what was signed before keeps its signature. The next login is signed
   * by the new key. Call it when the rotation is final on chain.
   */
  async rotateTo(signer: Signer, keyIndex: number): Promise<void> {
    await this.#exclusive(async () => {
      this.#signer = signer;
      this.#keyIndex = keyIndex;
    });
    await this.#reconnect();
  }

  /** Replaces the operators whose receipts count, after the log's committee changed. */
  trust(operators: readonly string[]): void {
    this.#operators = operators;
  }

  /**
   * Gives a message up that has no receipt yet, as to make room. Its sequence stays unused, so that the log shows a
   * gap where it would have been.
   */
  async abandon(key: OutboxKey): Promise<void> {
    this.#pending.delete(key);
    await this.#config.outbox.remove(key);
  }

  /** States the device's state again, as after its challenge for commands has changed. */
  announce(): void {
    const state = onlineState(this.#config.commands);
    // A failure ends the connection, and the next one states it anyway.
    this.#link?.connection
      .publish(this.#topics.state, state, { qos: 1, retain: true })
      .catch(() => {});
  }

  /**
   * Does what is due: connects, renews the login, sends. One call at a time.
   * @returns milliseconds until it should be called again
   */
  async step(): Promise<number> {
    if (this.#closing.signal.aborted) return longestStepMs;
    const { clock } = this.#config;
    if (this.#link !== undefined && clock.nowMs() >= this.#link.renewMs) await this.#reconnect();
    if (this.#link === undefined && clock.nowMs() >= this.#connectMs) await this.#connect();
    this.#sendDue();
    const nowMs = clock.nowMs();
    const nextMs =
      this.#link === undefined
        ? this.#connectMs
        : Math.min(this.#link.renewMs, Math.max(this.#pending.nextDueMs(), this.#pausedUntilMs));
    return Math.min(longestStepMs, Math.max(0, nextMs - nowMs));
  }

  /** Disconnects for good, after messages that are being signed are kept. The outbox stays open. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#signing;
    await this.#disconnect();
  }

  #sign(content: SignedContent, encoding: "cose" | "json" = "cose"): Promise<DeviceMessage> {
    return this.#exclusive(async () => {
      const { device, domain, outbox } = this.#config;
      const keyIndex = this.#keyIndex;
      const sequence = await this.#counter.peek(keyIndex);
      const signer = this.#signer;
      const signed = { signer, device, keyIndex, sequence, domain, encoding };
      const { bytes, message } = await signMessage({ ...signed, ...content });
      const entry = { keyIndex, sequence, root: message.root, bytes };
      try {
        await outbox.put(entry);
      } catch (error) {
        // A full outbox wrote nothing; after any other failure the message may be on the disk.
        if (errorCode(error) !== "OUTBOX_FULL") this.#counter.use(keyIndex, sequence);
        throw error;
      }
      this.#counter.use(keyIndex, sequence);
      this.#pending.add(entry);
      this.#sendDue();
      this.#config.onWake?.();
      return message;
    });
  }

  /** One at a time, so that sequences are given in order and without gaps. */
  #exclusive<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#signing.then(() => {
      if (this.#closing.signal.aborted)
        throw sdkError("OUTBOX_FAILED", "The device client is closed.");
      return run();
    });
    this.#signing = result.catch(() => {});
    return result;
  }

  async #connect(): Promise<void> {
    const { device, domain, authority = "fieldseal", mqtt, clock } = this.#config;
    this.#era += 1;
    const era = this.#era;
    const challenge = this.#config.commands?.challenge();
    try {
      const link = await openDeviceLink({
        device,
        domain,
        authority,
        mqtt,
        clock,
        signer: this.#signer,
        topics: this.#topics,
        tokenLifeS: this.#limits.tokenLifeS,
        commands: this.#config.commands,
        signal: this.#closing.signal,
        onReceipt: (bytes) => this.#onReceipt(bytes),
        onClose: () => this.#onClose(era),
      });
      if (era !== this.#era) {
        await link.connection.close();
        return;
      }
      this.#link = link;
      this.#connectFailures = 0;
      if (this.#config.commands?.challenge() !== challenge) this.announce();
      this.#emit({ type: "connected" });
    } catch (error) {
      if (era !== this.#era) return;
      this.#connectFailures += 1;
      const retryMs = this.#delayMs(this.#limits.reconnect, this.#connectFailures);
      this.#connectMs = clock.nowMs() + retryMs;
      this.#emit({ type: "connectFailed", error, retryMs });
    }
  }

  async #disconnect(): Promise<void> {
    const link = this.#link;
    this.#era += 1;
    this.#link = undefined;
    this.#pending.connectionLost();
    if (link === undefined) return;
    await link.connection.close();
    this.#emit({ type: "disconnected" });
  }

  async #reconnect(): Promise<void> {
    await this.#disconnect();
    this.#connectMs = 0;
    this.#config.onWake?.();
  }

  #onClose(era: number): void {
    if (era !== this.#era) return;
    this.#era += 1;
    this.#link = undefined;
    this.#pending.connectionLost();
    // A connection that breaks at once each time must not be retried in a tight circle.
    const delayMs = this.#delayMs(this.#limits.reconnect, 1);
    this.#connectMs = this.#config.clock.nowMs() + delayMs;
    this.#emit({ type: "disconnected" });
    this.#config.onWake?.();
  }

  #sendDue(): void {
    const link = this.#link;
    const nowMs = this.#config.clock.nowMs();
    if (link === undefined || nowMs < this.#pausedUntilMs) return;
    for (const message of this.#pending.takeDue(nowMs)) {
      message.attempts += 1;
      message.dueMs = nowMs + this.#delayMs(this.#limits.resend, message.attempts);
      // PUBACK is no promise of durability, and a failure ends the connection: neither matters here.
      link.connection
        .publish(this.#topics.up, message.entry.bytes, { qos: 1, retain: false })
        .catch(() => {});
    }
  }

  #onReceipt(bytes: Uint8Array): void {
    this.#judgeReceipt(bytes).catch((error: unknown) => this.#emit({ type: "badReceipt", error }));
  }

  async #judgeReceipt(bytes: Uint8Array): Promise<void> {
    const receipt = decodeReceipt(bytes);
    if (receipt.t === "refused") return this.#onRefused(receipt);
    if (receipt.t === "sealed") this.#emit({ type: "sealed", receipt });
    const message = this.#pending.get(receipt);
    if (message === undefined) return;
    const facts = this.#factsOf(message);
    if (receipt.logId !== this.#config.log.logId || !equalBytes(receipt.messageRoot, facts.root)) {
      throw sdkError("RECEIPT_MESSAGE", "The receipt is for another log or another content.");
    }
    if (receipt.t === "stored") return this.#onStored(receipt, message, facts);
    return this.#onSealed(receipt, message, facts);
  }

  async #onStored(
    receipt: StoredReceipt,
    message: PendingMessage,
    facts: SignedFacts,
  ): Promise<void> {
    const { domain } = this.#config.log;
    verifyStoredReceipt(receipt, facts, { domain, operators: this.#operators });
    message.storedBy.add(receipt.operator.toLowerCase());
    this.#refusals = 0;
    this.#pausedUntilMs = 0;
    this.#emit({ type: "stored", facts, operators: message.storedBy.size });
    if (message.storedBy.size >= (this.#config.storedNeeded ?? 1)) {
      await this.#settle(message, facts, "stored");
    }
  }

  async #onSealed(
    receipt: SealedReceipt,
    message: PendingMessage,
    facts: SignedFacts,
  ): Promise<void> {
    const isTrue = (await this.#config.confirmSealed?.(receipt, facts)) ?? false;
    if (isTrue) await this.#settle(message, facts, "sealed");
  }

  async #settle(message: PendingMessage, facts: SignedFacts, by: "stored" | "sealed") {
    this.#pending.delete(message.entry);
    this.#sendDue();
    await this.#config.outbox.remove(message.entry).catch((error: unknown) => {
      this.#emit({ type: "outboxFailed", error });
    });
    this.#emit({ type: "settled", facts, by });
    this.#config.onWake?.();
  }

  async #onRefused({ code, message: reason, keyIndex, sequence }: RefusedReceipt): Promise<void> {
    const message =
      keyIndex === undefined || sequence === undefined
        ? undefined
        : this.#pending.get({ keyIndex, sequence });
    const kind = refusalKind(code);
    const bury =
      message !== undefined &&
      kind === "permanent" &&
      (await this.#isRefusedForGood(message, code));
    const buried = bury && (await this.#bury(message, code, reason));
    const isForgotten = keyIndex !== undefined && message === undefined;
    if (!buried && !isForgotten) this.#holdBack(message, kind === "device");
    const facts = message === undefined ? undefined : this.#factsOf(message);
    this.#emit({ type: "refused", code, message: reason, facts, buried });
    this.#sendDue();
    this.#config.onWake?.();
  }

  /** What one operator has stored, another's refusal does not undo; nor does a stranger's word alone. */
  async #isRefusedForGood(message: PendingMessage, code: string): Promise<boolean> {
    if (message.storedBy.size > 0) return false;
    const { keyIndex, bytes } = message.entry;
    const key = keyIndex === this.#keyIndex ? this.#signer.publicKey : undefined;
    if (ownFault(bytes, this.#config.domain, key) !== undefined) return true;
    return (await this.#config.confirmRefusal?.(code, this.#factsOf(message))) ?? false;
  }

  /** True if the message is a dead letter now. */
  async #bury(message: PendingMessage, code: string, reason: string): Promise<boolean> {
    try {
      const buried = await this.#config.outbox.bury(message.entry, code, reason);
      if (buried) this.#pending.delete(message.entry);
      return buried;
    } catch (error) {
      this.#emit({ type: "outboxFailed", error });
      return false;
    }
  }

  #holdBack(message: PendingMessage | undefined, wholeDevice: boolean): void {
    const nowMs = this.#config.clock.nowMs();
    if (wholeDevice && nowMs >= this.#pausedUntilMs) {
      this.#refusals += 1;
      this.#pausedUntilMs = nowMs + this.#delayMs(this.#limits.refusal, this.#refusals);
    }
    if (message === undefined) return;
    const delayMs = this.#delayMs(this.#limits.refusal, message.attempts);
    this.#pending.postpone(message, wholeDevice ? this.#pausedUntilMs : nowMs + delayMs);
  }

  #factsOf({ entry: { keyIndex, sequence, root } }: PendingMessage): SignedFacts {
    return { device: this.#config.device, keyIndex, sequence, root };
  }

  #delayMs(backOff: BackOff, failures: number): number {
    return backOffMs(backOff, failures, this.#config.random(1)[0] ?? 0);
  }

  #emit(event: DeviceEvent): void {
    this.#config.onEvent?.(event);
  }
}
