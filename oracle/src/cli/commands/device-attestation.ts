import { parseDeviceId } from "@fieldseal/sdk";
import { Command, Option } from "commander";
import type { CliIo } from "../io.ts";
import { knownDevice, sendAction } from "../network/registry-session.ts";
import { printResult } from "../output/print.ts";
import { receiptRows } from "./grant-options.ts";
import { actionDeadline, type OwnerOptions, openOwner, ownerOptions } from "./owner-action.ts";

type AttestationOptions = OwnerOptions & { readonly attestation: string };

const levels =
  "0 relayed by a gateway, 1 network-authenticated, 2 software key, 3 vouched secure element";

/** `device vouch`: the manufacturer says what the device's current key is worth. */
export function deviceVouchCommand(io: CliIo): Command {
  const command = new Command("vouch")
    .description("as manufacturer of its manifest, say what a device's current key is worth")
    .argument("<device>", "its id")
    .addOption(
      new Option("--attestation <level>", levels).choices(["0", "1", "2", "3"]).default("3"),
    );
  return ownerOptions(command).action(async (text: string, options: AttestationOptions) => {
    const { session, owner } = await openOwner(io, options);
    const { device, keyIndex } = await knownDevice(session, parseDeviceId(text));
    const [nonce] = await session.call("vouchNonceOf", [device, 0]);
    const attestation = Number(options.attestation);
    const args = [device, keyIndex, attestation, nonce, await actionDeadline(session), "0x"];
    const receipt = await sendAction(session, owner, "vouch", args);
    printResult(io, options.json, { device, keyIndex, attestation, ...receipt }, [
      ["vouched for", device],
      ["key index", String(keyIndex)],
      ["attestation", options.attestation],
      ...receiptRows(receipt),
    ]);
  });
}

/** `device declare`: the owner says how the device is connected. */
export function deviceDeclareCommand(io: CliIo): Command {
  const command = new Command("declare")
    .description("as owner, say how a device is connected; 3 is the manufacturer's word only")
    .argument("<device>", "its id")
    .addOption(
      new Option("--attestation <level>", levels).choices(["0", "1", "2"]).makeOptionMandatory(),
    );
  return ownerOptions(command).action(async (text: string, options: AttestationOptions) => {
    const device = parseDeviceId(text);
    const { session, owner } = await openOwner(io, options);
    const attestation = Number(options.attestation);
    const args = [device, attestation];
    const receipt = await sendAction(session, owner, "declareAttestation", args);
    printResult(io, options.json, { device, attestation, ...receipt }, [
      ["declared", device],
      ["attestation", options.attestation],
      ...receiptRows(receipt),
    ]);
  });
}
