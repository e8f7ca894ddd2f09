import {
  type AuditBundle,
  type AuditNeighbour,
  bodyRoot,
  buildMessageProof,
  buildTree,
  type CallProvider,
  checkProofOffline,
  checkpointCommitment,
  checkpointLeaf,
  compareFacts,
  type DeviceId,
  type DeviceMessage,
  deviceIdOf,
  deviceRegistryAbi,
  encodeLeaf,
  fromHex,
  generateKey,
  hex,
  type KeyType,
  leafHash,
  type MessageProof,
  messageDomain,
  openBody,
  type ProofFile,
  type PublicKey,
  type Reading,
  readingLogAbi,
  type Signer,
  signMessage,
  softwareSigner,
  toBase64Url,
} from "@fieldseal/sdk";
import { Interface } from "ethers";

const chainId = 31337n;
export const log = `0x${"10".repeat(20)}` as const;
export const registry = `0x${"20".repeat(20)}` as const;
export const domain = messageDomain(chainId, registry);
export const logAbi = new Interface(readingLogAbi);
const registryAbi = new Interface(deviceRegistryAbi);

/** A device of the test's fleet. */
export type TestDevice = {
  readonly id: DeviceId;
  readonly key: PublicKey;
  readonly signer: Signer;
};

/** A message with its bytes and its device. */
export type TestMessage = {
  readonly bytes: Uint8Array;
  readonly message: DeviceMessage;
  readonly from: TestDevice;
};

export function testDevice(keyType: KeyType, seed: number): TestDevice {
  const { secret, publicKey } = generateKey(keyType, (length) => new Uint8Array(length).fill(seed));
  return { id: deviceIdOf(publicKey), key: publicKey, signer: softwareSigner(keyType, secret) };
}

export async function testMessage(
  from: TestDevice,
  count: number,
  readings: readonly Reading[],
): Promise<TestMessage> {
  const sequence = (1n << 32n) | BigInt(count);
  const salt = new Uint8Array(16).fill(count);
  const made = await signMessage({
    signer: from.signer,
    device: from.id,
    keyIndex: 0,
    sequence,
    domain,
    readings,
    salt,
  });
  return { ...made, from };
}

/** Checkpoints over messages, and a provider that answers as the contracts do. */
export function sealWorld(batches: readonly (readonly TestMessage[])[]) {
  const checkpoints = batches.map((batch, index) => {
    const messages = [...batch].sort((a, b) => compareFacts(a.message, b.message));
    const tree = buildTree(messages.map(({ message }) => leafHash(checkpointLeaf(message))));
    const sealedAt = 1_700_000_000n + BigInt(index);
    const fields = {
      index: BigInt(index),
      root: tree.root,
      size: BigInt(tree.size),
      sealedAt,
      epoch: 0,
      signers: 1,
    };
    return { messages, tree, fields };
  });

  function proofOf(message: DeviceMessage): MessageProof {
    for (const { messages, tree, fields } of checkpoints) {
      const index = messages.findIndex((entry) => entry.message === message);
      const entry = messages[index];
      if (entry === undefined) continue;
      const path = tree.path(index);
      return buildMessageProof({
        chainId,
        log,
        logId: 1n,
        checkpoint: fields,
        message,
        key: entry.from.key,
        index,
        path,
      });
    }
    throw new Error("not sealed");
  }

  function answer(name: string, args: readonly unknown[]): unknown {
    const sealed = checkpoints[Number(args[1])];
    if (name === "registry") return registry;
    if (name === "keyIdOf") return `0x${"00".repeat(20)}`;
    if (name === "commitmentOf") {
      return sealed === undefined
        ? `0x${"00".repeat(32)}`
        : hex(checkpointCommitment(sealed.fields));
    }
    // IReadingLog.Log; the sixth member is the next index.
    return [log, false, 0, 1, 1, checkpoints.length, 0, 0];
  }

  /** verifySigned is asked with the proof itself: what the contract decodes, the test already has. */
  function provider(asked?: ProofFile): CallProvider {
    const call: CallProvider["call"] = async ({ to, data }) => {
      const abi = to === registry ? registryAbi : logAbi;
      const parsed = abi.parseTransaction({ data: String(data) });
      if (parsed === null) throw new Error("unknown call");
      const value =
        parsed.name === "verifySigned" ? isProven(asked) : answer(parsed.name, [...parsed.args]);
      return abi.encodeFunctionResult(parsed.fragment, [value]);
    };
    const getNetwork = async () => ({ chainId }) as Awaited<ReturnType<CallProvider["getNetwork"]>>;
    return { call, getNetwork };
  }

  function isProven(asked: ProofFile | undefined): boolean {
    try {
      if (asked === undefined) return false;
      const { commitment } = checkProofOffline(asked, domain);
      const sealed = checkpoints[Number(asked.checkpoint.index)];
      return sealed !== undefined && hex(checkpointCommitment(sealed.fields)) === hex(commitment);
    } catch {
      return false;
    }
  }

  function bundleOf(device: TestDevice): AuditBundle {
    const entries = checkpoints.map(({ messages, tree, fields }) => {
      const own = messages.flatMap((entry, index) => (entry.from === device ? [index] : []));
      const first = own[0] ?? messages.filter(({ from }) => from.id < device.id).length;
      const after = own.length === 0 ? first : (own.at(-1) ?? 0) + 1;
      const neighbour = (index: number): AuditNeighbour | undefined => {
        const entry = messages[index];
        if (entry === undefined) return undefined;
        const path = tree.path(index).map(hex);
        return { leaf: hex(checkpointLeaf(entry.message)), index: index.toString(), path };
      };
      const [left, right] = [neighbour(first - 1), neighbour(after)];
      const { checkpoint } = proofOf((messages[0] as TestMessage).message);
      return {
        checkpoint: {
          ...checkpoint,
          ...(left === undefined ? {} : { before: left }),
          ...(right === undefined ? {} : { after: right }),
        },
        messages: own.map((index) =>
          auditEntry(messages[index] as TestMessage, index, fields.index),
        ),
      };
    });
    return {
      format: "fieldseal-audit/1",
      chainId: Number(chainId),
      registry,
      log,
      logId: "1",
      device: device.id,
      checkpoints: entries.map(({ checkpoint }) => checkpoint),
      messages: entries.flatMap(({ messages }) => messages),
    };
  }

  function auditEntry({ bytes, message, from }: TestMessage, index: number, checkpoint: bigint) {
    const { salt, records } = openBody(message.body);
    return {
      checkpoint: checkpoint.toString(),
      index: index.toString(),
      path: proofOf(message).message.path,
      leaf: hex(checkpointLeaf(message)),
      bytes: toBase64Url(bytes),
      keyType: from.key.keyType,
      key: hex(from.key.point),
      readings: records.map((record) => hex(encodeLeaf(record, salt))),
    };
  }

  return { checkpoints, proofOf, provider, bundleOf };
}

/** A hex text with its last bit flipped. */
export function flipped<Text extends string>(text: Text): Text {
  const bytes = fromHex(text);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return hex(bytes) as Text;
}

/** Root of a plain body. */
export function rootOfBody(body: DeviceMessage["body"]): Uint8Array {
  const { salt, records } = openBody(body);
  return bodyRoot(salt, records);
}
