import { randomBytes } from "node:crypto";
import {
  deviceIdOf,
  type KeyType,
  type ProofFile,
  type SignedFacts,
  signMessage,
  verifyProof,
} from "@fieldseal/sdk";
import type { TestDeployment } from "./deployment.ts";
import { type FieldDevice, fieldDevice } from "./field-device.ts";
import { refusalOf } from "./refusal-of.ts";
import { newSigner, type RegistryActions, type TestDevice } from "./registry-actions.ts";
import type { RunningOracle } from "./running-oracle.ts";
import { until } from "./until.ts";

/** Two readings of this moment. */
export const someReadings = (value: number) => [
  { name: "temperature", unit: "Cel", value, timeMs: Date.now() },
  { name: "door", bool: true },
];

export type DeviceLifeOptions = {
  readonly deployment: TestDeployment;
  readonly oracle: RunningOracle;
  readonly outboxFolder: string;
  readonly keyType: KeyType;
  /** First of three accounts: owner, buyer, and who pays for a consumer contract. */
  readonly account: number;
};

/** A device from its making to its end, and what a test does to it on the way. */
export class DeviceLife {
  readonly owner: RegistryActions;
  readonly buyer: RegistryActions;
  readonly payer: number;
  readonly keyType: KeyType;
  /** Readings sealed at each stage: whatever happens later, they stay proven. */
  readonly sealed: ProofFile[] = [];
  readonly field: FieldDevice;
  /** With its key of this moment. */
  device: TestDevice;
  readonly #deployment: TestDeployment;
  readonly #oracle: RunningOracle;
  #handmade = 0;

  private constructor(options: DeviceLifeOptions, device: TestDevice, field: FieldDevice) {
    const { deployment, oracle, keyType, account } = options;
    this.#deployment = deployment;
    this.#oracle = oracle;
    this.keyType = keyType;
    this.owner = deployment.owner(account);
    this.buyer = deployment.owner(account + 1);
    this.payer = account + 2;
    this.device = device;
    this.field = field;
  }

  /** Makes the key and switches the device on; it is not enrolled yet. */
  static async begin(options: DeviceLifeOptions): Promise<DeviceLife> {
    const { deployment, oracle, outboxFolder, keyType } = options;
    const signer = newSigner(keyType);
    const device = { id: deviceIdOf(signer.publicKey), signer };
    const field = await fieldDevice({ deployment, device, mqtt: oracle.mqtt, outboxFolder });
    return new DeviceLife(options, device, field);
  }

  /** A message made outside the device's client, under any of its keys. */
  signedBy({ id, signer }: TestDevice, keyIndex: number) {
    this.#handmade += 1;
    return signMessage({
      signer,
      device: id,
      keyIndex,
      sequence: (9_000n << 32n) + BigInt(this.#handmade),
      domain: this.#deployment.domain,
      readings: someReadings(this.#handmade),
      salt: randomBytes(16),
    });
  }

  /** What the oracle answers over HTTP to a new message under that key: status, and code or outcome. */
  async answerTo(from: TestDevice, keyIndex: number): Promise<unknown[]> {
    const { bytes } = await this.signedBy(from, keyIndex);
    const { status, body } = await this.#oracle.client.post(bytes);
    return [status, body.code ?? body.outcome];
  }

  /** Publishes, waits for the receipt, then for the checkpoint. */
  async publishAndProve(value: number): Promise<SignedFacts> {
    const message = await this.field.publish(someReadings(value));
    await this.proveSealed(message);
    return message;
  }

  /** Waits until the message is sealed, and checks the proof of its first reading against the chain. */
  async proveSealed(facts: SignedFacts): Promise<void> {
    const proof = await this.#oracle.client.proof(facts);
    this.sealed.push(proof);
    await this.#verify(proof);
  }

  /** Everything that was ever proven still is. */
  async pastStands(): Promise<void> {
    for (const proof of this.sealed) await this.#verify(proof);
  }

  /** The live session is cut and the next login refused, with `code`. */
  async isCutOff(code: string, sinceEvent: number): Promise<void> {
    await this.field.told("disconnected", sinceEvent);
    const failed = await this.field.told("connectFailed", sinceEvent);
    const { error } = failed as { error?: { code?: string } };
    if (error?.code !== "MQTT_LOGIN") throw new Error(`login failed with ${error?.code}`);
    await until(`counting ${code}`, () => this.#oracle.client.brokerRefusals(code));
  }

  /** Name of the error with which the registry refuses a call, undefined if it does not. */
  refusal(by: RegistryActions, method: string, ...args: unknown[]) {
    return refusalOf(by.contract, method, ...args);
  }

  async #verify(proof: ProofFile): Promise<void> {
    await verifyProof(proof, { provider: this.#deployment.provider, log: this.#deployment.log });
  }
}
