import { accessGrantsAbi, formatPermissions } from "@fieldseal/sdk";
import { Command } from "commander";
import { Interface } from "ethers";
import { getLogs } from "../../chain/get-logs.ts";
import { hexOf, numberOf } from "../../chain/quantities.ts";
import type { Hex } from "../../chain/types.ts";
import type { CliIo } from "../io.ts";
import type { ContractSession } from "../network/contract-session.ts";
import {
  grantSubject,
  openGrants,
  type ShownGrant,
  shownGrant,
} from "../network/grants-session.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { resolveNetwork } from "../network/resolve-network.ts";
import { alignTable, printResult, toJson } from "../output/print.ts";
import { grantRows, parseGrantee, parseParty, partyText, timeText } from "./grant-arguments.ts";

type ReadOptions = NetworkOptions & { readonly json?: boolean };
type ShowOptions = ReadOptions & { readonly grantor?: string };

const grantsInterface = new Interface(accessGrantsAbi);

async function openReader(io: CliIo, options: ReadOptions): Promise<ContractSession> {
  const network = resolveNetwork(io, options);
  return openGrants(network.need("rpc"), network.need("accessGrants"));
}

/** `grant show`: one grant, and whether it is in force. */
export function grantShowCommand(io: CliIo): Command {
  const command = new Command("show")
    .description("show a grant and whether it is in force")
    .argument("<subject>", "the device's id, or the owner's address")
    .argument("<grantee>", "who has it, or everybody")
    .option("--grantor <address>", "who made it (else the owner)");
  return networkOptions(command, ["rpc", "accessGrants"]).action(
    async (subjectText: string, granteeText: string, options: ShowOptions) => {
      const [subject, grantee] = [parseParty(subjectText), parseGrantee(granteeText)];
      const named = options.grantor === undefined ? undefined : parseParty(options.grantor);
      const session = await openReader(io, options);
      const about = await grantSubject(session, subject);
      const grant = await shownGrant(session, about, named ?? about.owner, grantee);
      printResult(io, options.json, grant, grantRows(grant));
    },
  );
}

/** Grantor and grantee of every grant that was ever made on `subject`, each pair once. */
async function everGranted(
  session: ContractSession,
  subject: Hex,
  fromBlock: number,
): Promise<(readonly [grantor: Hex, grantee: Hex])[]> {
  const { rpc, address } = session;
  const last = numberOf(await rpc.request("eth_blockNumber", []));
  const topics = grantsInterface.encodeFilterTopics("Granted", [subject]);
  const pairs = new Map<string, readonly [Hex, Hex]>();
  for await (const { logs } of getLogs(rpc, { address, topics }, fromBlock, last)) {
    for (const log of logs) {
      const [grantor, grantee] = log.topics
        .slice(2, 4)
        .map((topic) => hexOf(`0x${topic.slice(26)}`));
      if (grantor === undefined || grantee === undefined) continue;
      pairs.set(`${grantor}${grantee}`, [grantor, grantee]);
    }
  }
  return [...pairs.values()];
}

function tableOf(grants: readonly ShownGrant[]): string {
  const head = ["state", "to", "may", "from", "until", "by"];
  const lines = grants.map(({ state, grantor, grantee, permissions, fromS, untilS }) => [
    state,
    partyText(grantee),
    formatPermissions(permissions),
    timeText(fromS),
    timeText(untilS),
    grantor,
  ]);
  return alignTable([head, ...lines]);
}

/** `grant list`: the grants on a device or on a fleet. */
export function grantListCommand(io: CliIo): Command {
  const command = new Command("list")
    .description("list the grants on a device, or those on all devices of an owner")
    .argument("<subject>", "the device's id, or the owner's address")
    .option("--all", "those that are over too");
  return networkOptions(command, ["rpc", "accessGrants", "deployBlock"]).action(
    async (subjectText: string, options: ReadOptions & { readonly all?: boolean }) => {
      const subject = parseParty(subjectText);
      const fromBlock = Number(resolveNetwork(io, options).get("deployBlock") ?? 0);
      const session = await openReader(io, options);
      const about = await grantSubject(session, subject);
      const grants: ShownGrant[] = [];
      for (const [grantor, grantee] of await everGranted(session, subject, fromBlock)) {
        const grant = await shownGrant(session, about, grantor, grantee);
        const lives = grant.state === "in force" || grant.state === "to come";
        if (lives || (options.all === true && grant.state !== "none")) grants.push(grant);
      }
      if (options.json) io.out(`${toJson({ subject, owner: about.owner, grants })}\n`);
      else io.out(grants.length === 0 ? "no grants\n" : `${tableOf(grants)}\n`);
    },
  );
}
