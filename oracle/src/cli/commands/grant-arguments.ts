import { FieldsealError, formatPermissions, hex, noEndS, utf8 } from "@fieldseal/sdk";
import { isAddress } from "ethers";
import { hexOf } from "../../chain/quantities.ts";
import type { Hex } from "../../chain/types.ts";
import type { ShownGrant } from "../network/grants-session.ts";
import type { Row } from "../output/print.ts";

/** Grantee of what everybody may do. */
const everybody: Hex = "0x0000000000000000000000000000000000000000";

/** An account or a device's id, in lower case. @throws USAGE */
export function parseParty(text: string): Hex {
  if (isAddress(text)) return hexOf(text.toLowerCase());
  throw new FieldsealError("USAGE", `"${text}" is no account's address and no device's id.`);
}

/** As {@link parseParty}; `everybody` too. @throws USAGE */
export function parseGrantee(text: string): Hex {
  return text === "everybody" ? everybody : parseParty(text);
}

/** 32 bytes for the record: as they are in hex, or a text of at most 32 bytes in UTF-8. @throws USAGE */
export function parsePurpose(text: string): Hex {
  if (/^0x[\da-f]{64}$/i.test(text)) return hexOf(text.toLowerCase());
  const bytes = utf8(text);
  if (bytes.length <= 32) {
    const padded = new Uint8Array(32);
    padded.set(bytes);
    return hexOf(hex(padded));
  }
  throw new FieldsealError(
    "USAGE",
    "A purpose has at most 32 bytes: name a hash of a longer text.",
  );
}

/** A time as people read it. */
export function timeText(timeS: number | bigint): string {
  if (BigInt(timeS) === noEndS) return "no end";
  return timeS === 0 ? "at once" : new Date(Number(timeS) * 1000).toISOString();
}

export const partyText = (party: Hex): string => (party === everybody ? "everybody" : party);

/** A grant as rows. */
export function grantRows(grant: ShownGrant): Row[] {
  const { subject, grantor, grantee, permissions, fromS, untilS, state } = grant;
  return [
    ["subject", subject],
    ["by", grantor],
    ["to", partyText(grantee)],
    ["may", permissions === 0n ? "nothing" : formatPermissions(permissions)],
    ["from", timeText(fromS)],
    ["until", timeText(untilS)],
    ["state", state],
  ];
}
