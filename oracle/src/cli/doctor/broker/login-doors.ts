import {
  createLoginToken,
  type DeviceId,
  deviceIdOf,
  generateKey,
  type Signer,
  softwareSigner,
} from "@fieldseal/sdk";
import { isLetIn, type Pretence, type Target } from "./burglar.ts";

/** A device whose key the doctor may use. */
export type OwnDevice = { readonly id: DeviceId; readonly signer: Signer };

/** What was found at one door. */
export type Door = {
  readonly name: string;
  readonly state: "shut" | "OPEN" | "unclear" | "skip";
  readonly found: string;
};

const stranger = (): OwnDevice => {
  const { secret, publicKey } = generateKey(2);
  return { id: deviceIdOf(publicKey), signer: softwareSigner(2, secret) };
};

/** An id that nobody has. */
export const strangerId = (): DeviceId => stranger().id;

/** A token that claims to need no signature (RFC 8725, 3.1). */
function unsignedToken(device: DeviceId, audience: string, nowS: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { sub: device, aud: audience, iat: nowS, exp: nowS + 600 };
  return `${part({ alg: "none", typ: "fieldseal-login+jwt" })}.${part(claims)}.`;
}

export const tokenOf = (
  { id, signer }: OwnDevice,
  audience: string,
  nowS: number,
): Promise<string> => createLoginToken({ signer, device: id, audience, nowS, lifetimeS: 600 });

/** Tries to get in under names that it has no right to. */
export async function tryLogins(
  target: Target,
  nowS: number,
  own: OwnDevice | undefined,
  victim: DeviceId,
): Promise<Door[]> {
  const { audience } = target;
  const unknown = stranger();
  const as = (id: DeviceId, token: string): Pretence => ({ clientId: id, username: id, token });
  const forged = await tokenOf({ id: victim, signer: unknown.signer }, audience, nowS);
  const pretences: [string, Pretence | undefined][] = [
    ["login without a name", { clientId: victim }],
    ["login without a password", { clientId: victim, username: victim }],
    ["login with a guessed password", as(victim, "password")],
    ["login with a token of alg none", as(victim, unsignedToken(victim, audience, nowS))],
    ["login with a token signed by another key", as(victim, forged)],
    [
      "login as a device that is not enrolled",
      as(unknown.id, await tokenOf(unknown, audience, nowS)),
    ],
  ];
  if (own === undefined) {
    for (const what of ["an expired token", "a token for another service", "another's name"]) {
      pretences.push([`login with ${what}`, undefined]);
    }
  } else {
    const token = await tokenOf(own, audience, nowS);
    pretences.push(
      ["login with an expired token", as(own.id, await tokenOf(own, audience, nowS - 3600))],
      [
        "login with a token for another service",
        as(own.id, await tokenOf(own, `${audience}-of-another`, nowS)),
      ],
      ["login with another's name", as(victim, token)],
    );
  }
  const doors: Door[] = [];
  for (const [name, pretence] of pretences) {
    if (pretence === undefined) doors.push({ name, state: "skip", found: "needs --key" });
    else if (await isLetIn(target, pretence)) doors.push({ name, state: "OPEN", found: "let in" });
    else doors.push({ name, state: "shut", found: "refused" });
  }
  return doors;
}
