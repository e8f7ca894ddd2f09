import { FieldsealError, parseDeviceId } from "@fieldseal/sdk";
import { Command } from "commander";
import { isAddress, ZeroAddress } from "ethers";
import type { CliIo } from "../io.ts";
import { sendAction } from "../network/registry-session.ts";
import { printResult } from "../output/print.ts";
import { receiptRows } from "./grant-options.ts";
import { type OwnerOptions, openOwner, ownerOptions } from "./owner-action.ts";

/** `device successor`: where a device goes on under the same id. */
export function deviceSuccessorCommand(io: CliIo): Command {
  const command = new Command("successor")
    .description("name the registry in which a device goes on under the same id")
    .argument("<device>", "its id")
    .argument("<registry>", "address of that registry, or none");
  return ownerOptions(command).action(
    async (text: string, target: string, options: OwnerOptions) => {
      const device = parseDeviceId(text);
      const successor = target === "none" ? ZeroAddress : target;
      if (!isAddress(successor)) {
        throw new FieldsealError("USAGE", `"${target}" is no contract's address.`);
      }
      const { session, owner } = await openOwner(io, options);
      const receipt = await sendAction(session, owner, "setSuccessor", [device, successor]);
      printResult(io, options.json, { device, successor, ...receipt }, [
        ["device", device],
        ["goes on in", target],
        ...receiptRows(receipt),
      ]);
    },
  );
}
