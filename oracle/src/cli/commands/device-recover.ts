import { resolve } from "node:path";
import { deviceIdOf, FieldsealError, parseDeviceId } from "@fieldseal/sdk";
import { Command, Option } from "commander";
import { isAddress } from "ethers";
import { type KeyTypeName, signerOf } from "../files/key-file.ts";
import type { CliIo } from "../io.ts";
import { currentKey } from "../network/current-key.ts";
import { knownDevice, sendAction } from "../network/registry-session.ts";
import { printResult } from "../output/print.ts";
import { receiptRows } from "./grant-options.ts";
import { nextKey } from "./next-key.ts";
import {
  keyArgument,
  type OwnerOptions,
  type OwnerSession,
  openOwner,
  ownerOptions,
} from "./owner-action.ts";

type RecoverOptions = OwnerOptions & {
  readonly newKey?: string;
  readonly type: KeyTypeName;
  readonly compromised?: boolean;
  readonly to?: string;
  readonly take?: boolean;
  readonly cancel?: boolean;
};

/** What is announced for a device. */
type Announced = {
  readonly kind: "none" | "key" | "transfer";
  readonly target: string;
  readonly dueS: bigint;
};

const kinds = ["none", "key", "transfer"] as const;
const timeText = (seconds: bigint) => new Date(Number(seconds) * 1000).toISOString();

async function announcedOf({ session }: OwnerSession, device: string): Promise<Announced> {
  const [raw] = await session.call("recoveryOf", [device]);
  const kind = kinds[Number(raw.kind)] ?? "none";
  return { kind, target: String(raw.target).toLowerCase(), dueS: BigInt(raw.effectiveAt) };
}

async function act(
  io: CliIo,
  { session, owner }: OwnerSession,
  options: RecoverOptions,
  done: string,
  call: readonly [name: string, args: readonly unknown[]],
): Promise<void> {
  const receipt = await sendAction(session, owner, ...call);
  const [device] = call[1];
  const [raw] = await session.call("device", [device]);
  const dueS = BigInt(raw.recoveryAt);
  const due = dueS === 0n ? undefined : timeText(dueS);
  printResult(io, options.json, { device, done, due, ...receipt }, [
    [done, String(device)],
    ...(due === undefined ? [] : [["can be completed from", due] as const]),
    ...receiptRows(receipt),
  ]);
}

/** @throws RECOVERY_WAITS while the delay runs */
async function refuseEarly({ session }: OwnerSession, { dueS }: Announced): Promise<void> {
  if ((await session.blockTimeS()) >= dueS) return;
  throw new FieldsealError("RECOVERY_WAITS", `It can be completed from ${timeText(dueS)} on.`);
}

/** Announces the next key, or completes what was announced of it. */
async function recoverKey(io: CliIo, opened: OwnerSession, id: string, options: RecoverOptions) {
  const chain = await knownDevice(opened.session, parseDeviceId(id));
  const { device } = chain;
  const key = nextKey(resolve(io.cwd, options.newKey ?? ""), chain, options.type);
  const { publicKey } = signerOf(key);
  const announced = await announcedOf(opened, device);
  if (announced.kind !== "key" || announced.target !== deviceIdOf(publicKey)) {
    const args = [device, keyArgument(publicKey), options.compromised === true];
    return act(io, opened, options, "announced", ["announceKeyRecovery", args]);
  }
  await refuseEarly(opened, announced);
  const lost = await currentKey(opened.session, chain);
  const args = [device, keyArgument(lost), keyArgument(publicKey)];
  return act(io, opened, options, "recovered", ["completeKeyRecovery", args]);
}

/** Announces that another account may take the device. */
async function announceTransfer(
  io: CliIo,
  opened: OwnerSession,
  id: string,
  options: RecoverOptions,
) {
  const to = options.to ?? "";
  if (!isAddress(to)) throw new FieldsealError("USAGE", `"${to}" is no account's address.`);
  const chain = await knownDevice(opened.session, parseDeviceId(id));
  const current = keyArgument(await currentKey(opened.session, chain));
  const args = [chain.device, current, to];
  return act(io, opened, options, "announced", ["announceTransfer", args]);
}

/** Takes a device that was announced for this account. */
async function take(io: CliIo, opened: OwnerSession, id: string, options: RecoverOptions) {
  const { device } = await knownDevice(opened.session, parseDeviceId(id));
  const announced = await announcedOf(opened, device);
  if (announced.kind !== "transfer" || announced.target !== opened.owner.address.toLowerCase()) {
    throw new FieldsealError("RECOVERY_NONE", `${device} is not announced for your account.`);
  }
  await refuseEarly(opened, announced);
  return act(io, opened, options, "taken over", ["completeTransfer", [device]]);
}

/** `device recover`: what an owner does alone when the device's key is lost. */
export function deviceRecoverCommand(io: CliIo): Command {
  const command = new Command("recover")
    .description(
      "replace a lost key, or hand over a device whose key is lost; twice, seven days apart",
    )
    .argument("<device>", "its id")
    .option("--new-key <file>", "file for the next key, made if it is not there; again to complete")
    .addOption(
      new Option("--type <type>", "curve of the next key")
        .choices(["p256", "secp256k1"])
        .default("p256"),
    )
    .option("--compromised", "the lost key has leaked: no grace for it")
    .option("--to <address>", "instead of a new key: hand the device to this account")
    .option("--take", "as that account: take the device")
    .option("--cancel", "take back what is announced");
  return ownerOptions(command).action(async (id: string, options: RecoverOptions) => {
    const { newKey, to, take: takes, cancel } = options;
    if ([newKey, to, takes, cancel].filter((given) => given !== undefined).length !== 1) {
      throw new FieldsealError("USAGE", "Give one of --new-key, --to, --take and --cancel.");
    }
    const opened = await openOwner(io, options);
    if (newKey !== undefined) return recoverKey(io, opened, id, options);
    if (to !== undefined) return announceTransfer(io, opened, id, options);
    if (takes === true) return take(io, opened, id, options);
    const call = ["cancelRecovery", [parseDeviceId(id)]] as const;
    return act(io, opened, options, "taken back", call);
  });
}
