import { type DeviceId, FieldsealError, parseDeviceId } from "@fieldseal/sdk";
import { z } from "zod";
import { readJsonFile } from "./read-json.ts";
import { createFile } from "./write-file.ts";

/** A new owner's word that he takes a device, as `Accept` is signed. */
export type Acceptance = {
  readonly chainId: bigint;
  readonly registry: string;
  readonly device: DeviceId;
  readonly to: string;
  readonly ownerEpoch: number;
  readonly nonce: bigint;
  /** Seconds since 1970 until which the transfer may be sent. */
  readonly deadline: bigint;
  readonly signature: string;
};

const decimal = z.string().regex(/^\d{1,78}$/);
const address = z.string().regex(/^0x[0-9a-f]{40}$/);

const schema = z.strictObject({
  format: z.literal("fieldseal-acceptance/1"),
  chainId: decimal,
  registry: address,
  device: address,
  to: address,
  ownerEpoch: z.number().int().min(0).max(0xffff_ffff),
  nonce: decimal,
  deadline: decimal,
  signature: z.string().regex(/^0x(?:[0-9a-f]{2})*$/),
});

/** @throws FILE_UNREADABLE, FILE_FORMAT */
export function readAcceptance(path: string): Acceptance {
  const parsed = schema.safeParse(readJsonFile(path));
  if (!parsed.success) {
    throw new FieldsealError("FILE_FORMAT", `${path} holds no acceptance of a device.`);
  }
  const { format, ...content } = parsed.data;
  return {
    ...content,
    chainId: BigInt(content.chainId),
    device: parseDeviceId(content.device),
    nonce: BigInt(content.nonce),
    deadline: BigInt(content.deadline),
  };
}

/** @throws FILE_EXISTS, FILE_UNWRITABLE */
export function writeAcceptance(path: string, acceptance: Acceptance): void {
  const { chainId, nonce, deadline, ...rest } = acceptance;
  const content = {
    format: "fieldseal-acceptance/1",
    ...rest,
    chainId: chainId.toString(),
    nonce: nonce.toString(),
    deadline: deadline.toString(),
  };
  createFile(path, `${JSON.stringify(content, null, 2)}\n`);
}
